package dev.auspex.checkpoint;

import dev.auspex.io.UserException;

/// A checkpoint or weights file is missing, cut short or damaged. Cure: an older one, as the line
/// says.
public final class CheckpointException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message file, byte offset or tensor, what was expected, what to do
  public CheckpointException(String message) {
    super(message);
  }
}

package dev.auspex.interchange;

import dev.auspex.io.UserException;

/// A model file that is damaged, incomplete or of a kind that cannot be read or written. Cure: as
/// the message says.
public final class InterchangeException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: which file, where, the rule, what to do
  public InterchangeException(String message) {
    super(message);
  }
}

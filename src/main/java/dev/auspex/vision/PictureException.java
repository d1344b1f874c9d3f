package dev.auspex.vision;

import dev.auspex.io.UserException;

/// A picture cannot be used: damaged, too large, of no known kind. Cure: as the message says.
public final class PictureException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: which picture, what was expected, what to do
  public PictureException(String message) {
    super(message);
  }

  /// @param cause the decoder's own failure
  public PictureException(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.auspex.serve;

import dev.auspex.io.UserException;

/// An address that cannot be served at: taken, not this machine's, not permitted. Cure: as the
/// message says.
public final class ServeException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, where, what was expected, what to do
  public ServeException(String message) {
    super(message);
  }
}

package dev.auspex.scaling;

import dev.auspex.io.UserException;

/// A forecast that may not be sealed or scored, or a register that cannot be read. Cure: as the
/// message says.
public final class RegisterException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, where, what was expected, what to do
  public RegisterException(String message) {
    super(message);
  }
}

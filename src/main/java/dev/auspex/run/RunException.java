package dev.auspex.run;

import dev.auspex.io.UserException;

/// A run folder that cannot be used: absent, taken, or with a file that is not what it must be.
/// Cure: as the message says.
public final class RunException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, where, what was expected, what to do
  public RunException(String message) {
    super(message);
  }
}

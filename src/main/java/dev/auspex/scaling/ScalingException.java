package dev.auspex.scaling;

import dev.auspex.io.UserException;

/// Runs that no law can be fitted to: too few, malformed, or all alike. Cure: as the message says.
public final class ScalingException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, where, what was expected, what to do
  public ScalingException(String message) {
    super(message);
  }
}

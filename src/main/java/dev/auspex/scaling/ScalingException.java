package dev.auspex.scaling;

import dev.auspex.io.UserException;

/// A ladder cannot be fitted, or a forecast cannot be sealed. Cure: as the line says.
public final class ScalingException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message what, where, what was expected, what to do
  public ScalingException(String message) {
    super(message);
  }
}

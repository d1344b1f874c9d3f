package dev.auspex.train;

import dev.auspex.io.UserException;

/// The loss is no longer a number. Cure: a lower learning rate, or look at the data it names.
public final class DivergedException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message step, learning rate, gradient norm and place in the data
  public DivergedException(String message) {
    super(message);
  }
}

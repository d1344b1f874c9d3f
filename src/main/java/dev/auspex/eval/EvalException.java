package dev.auspex.eval;

import dev.auspex.io.UserException;

/// A task, a problem or an examination that cannot be carried out as asked.
public final class EvalException extends UserException {
  private static final long serialVersionUID = 1;

  /// @param message what must be otherwise, in one line
  public EvalException(String message) {
    super(message);
  }
}

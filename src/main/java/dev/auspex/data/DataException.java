package dev.auspex.data;

import dev.auspex.io.UserException;

/// A source or a dataset cannot be used. Cure: as the line says.
public final class DataException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message file and place, what was expected, what to do
  public DataException(String message) {
    super(message);
  }
}

package dev.auspex.data;

import dev.auspex.io.UserException;

/// Text or a dataset is not usable: a path is missing, a shard is cut short, no text is left.
/// Cure: as the message says; the earlier dataset, if any, is untouched.
public final class DataException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, where, what was expected, what to do
  public DataException(String message) {
    super(message);
  }

  /// @param message one line: what, where, what was expected, what to do
  /// @param cause the lower-level failure
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.auspex.io;

/// A mistake of the user's, told in one line: `key (value) must rule; hint`.
///
/// The command line prints the message without a stack trace and exits with 2. Each package that
/// reads input has a subclass of its own; bugs of ours are never reported through this type.
public abstract class UserException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, where, what was expected, what to do
  protected UserException(String message) {
    super(message);
  }

  /// @param message one line: what, where, what was expected, what to do
  /// @param cause the lower-level failure, shown only with `--verbose`
  protected UserException(String message, Throwable cause) {
    super(message, cause);
  }
}

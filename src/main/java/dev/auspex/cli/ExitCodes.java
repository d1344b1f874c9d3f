package dev.auspex.cli;

/// How the process ends when not with 0.
final class ExitCodes {
  /// A fault of this program.
  static final int BUG = 1;

  /// Bad arguments or input.
  static final int USER_MISTAKE = 2;

  /// What the command was to check did not hold.
  static final int NOT_HELD = 3;

  /// Stopped by a signal, or by the loss of a worker; what resumes goes on from here.
  static final int INTERRUPTED = 130;

  private ExitCodes() {}
}

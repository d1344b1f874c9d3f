package dev.auspex.report;

import dev.auspex.io.UserException;

/// A run folder that cannot be reported, or a report that cannot be checked. Cure: as the message
/// says.
public final class ReportException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line: what, where, what was expected, what to do
  public ReportException(String message) {
    super(message);
  }
}

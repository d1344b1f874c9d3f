package dev.auspex.io;

import java.io.IOException;
import java.nio.file.Path;

/// A file could not be read or written: missing, not permitted, disk full. Cure: as the message
/// says.
public final class FileException extends UserException {
  private static final long serialVersionUID = 1L;

  /// @param message one line naming the file and the cure
  public FileException(String message) {
    super(message);
  }

  /// Wraps an input/output failure on `path`.
  public FileException(Path path, IOException cause) {
    super(
        path
            + " cannot be read or written ("
            + reason(cause)
            + "); check the path, its permissions and free disk space",
        cause);
  }

  private static String reason(IOException cause) {
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : cause.getClass().getSimpleName() + ": " + message.lines().findFirst().orElse("");
  }
}

package dev.auspex.cli;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A folder among the system's temporary ones that goes with all it holds when it is closed, or
/// when the process is told to end before.
final class TemporaryFolder implements AutoCloseable {
  private static final Set<TemporaryFolder> OPEN = ConcurrentHashMap.newKeySet();

  private final Path path;

  /// @param prefix of its name
  /// @throws FileException if it cannot be made
  TemporaryFolder(String prefix) {
    try {
      path = Files.createTempDirectory(prefix);
    } catch (IOException e) {
      throw new FileException(Path.of(System.getProperty("java.io.tmpdir"), prefix), e);
    }
    OPEN.add(this);
  }

  /// Where it is.
  Path path() {
    return path;
  }

  @Override
  public void close() {
    OPEN.remove(this);
    AtomicFiles.deleteTree(path);
  }

  /// Closes those that are open, for the end of the process: a folder that is still written to may
  /// stay.
  static void closeAll() {
    for (TemporaryFolder folder : OPEN) {
      try {
        folder.close();
      } catch (FileException e) {
        System.err.println("auspex: " + e.getMessage());
      }
    }
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TemporaryFolderTest {
  @Test
  void goesWithAllItHolds() throws IOException {
    Path path;
    try (TemporaryFolder folder = new TemporaryFolder("auspex-test")) {
      path = folder.path();
      Files.createDirectories(path.resolve("a/b"));
      Files.writeString(path.resolve("a/b/c.txt"), "text");
      assertTrue(Files.isDirectory(path));
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void goesWhenTheProcessIsToldToEnd() throws IOException {
    TemporaryFolder folder = new TemporaryFolder("auspex-test");
    Files.writeString(folder.path().resolve("a.txt"), "text");
    TemporaryFolder.closeAll();
    assertFalse(Files.exists(folder.path()));
    folder.close(); // as the loop that was cut off would
  }
}

package dev.auspex.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  @TempDir Path temp;

  /// Takes the folder in another JVM and says what came of it.
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] args) {
      try (RunLock _ = new RunFolder(Path.of(args[0])).lock()) {
        System.out.print("taken");
      } catch (RunException e) {
        System.out.print(e.getMessage());
      }
    }
  }

  private static String inAnotherProcess(Path root) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherProcess.class.getName(),
                root.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return output;
  }

  private static String failure(org.junit.jupiter.api.function.Executable executable) {
    return assertThrows(RunException.class, executable).getMessage();
  }

  @Test
  void aNewFolderIsMadeWithItsParents() {
    RunFolder folder = RunFolder.create(temp.resolve("runs/first"));
    assertTrue(Files.isDirectory(folder.root()));
    assertEquals("first", folder.name());
    assertEquals(temp.resolve("runs/first/metrics.jsonl"), folder.metrics());
    RunFolder.create(folder.root());
  }

  @Test
  void aFolderWithFilesIsNotTakenForANewRun() throws IOException {
    Files.writeString(temp.resolve("notes.txt"), "mine");
    assertTrue(
        failure(() -> RunFolder.create(temp)).contains("must be new or empty; name another"));
    Files.writeString(temp.resolve("config.yaml"), "");
    assertTrue(failure(() -> RunFolder.create(temp)).contains("--resume"));
    assertTrue(failure(() -> RunFolder.create(temp.resolve("notes.txt"))).contains("it is a file"));
  }

  @Test
  void onlyAFolderWithAConfigCanBeOpened() throws IOException {
    assertTrue(failure(() -> RunFolder.open(temp.resolve("none"))).contains("must exist"));
    assertTrue(failure(() -> RunFolder.open(temp)).contains("must hold config.yaml"));
    assertFalse(RunFolder.isRun(temp));
    Files.writeString(temp.resolve("config.yaml"), "");
    assertEquals(temp, RunFolder.open(temp).root());
    assertTrue(RunFolder.isRun(temp));
  }

  @Test
  void aLockedFolderNamesItsHolderToOthers() throws Exception {
    String pid = Long.toString(ProcessHandle.current().pid());
    RunFolder folder = RunFolder.create(temp.resolve("run"));
    try (RunLock _ = folder.lock()) {
      assertTrue(failure(folder::lock).contains("process " + pid + " is working in it"));
      assertTrue(inAnotherProcess(folder.root()).contains("process " + pid + " is working in it"));
    }
    assertEquals("taken", inAnotherProcess(folder.root()));
    folder.lock().close();
    RunFolder.create(folder.root());
  }
}

package dev.auspex.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
  @TempDir Path temp;

  private void git(String... arguments) {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                "git", "-C", temp.toString(), "-c", "user.name=t", "-c", "user.email=t@t.invalid"));
    command.addAll(List.of(arguments));
    assertTrue(Commands.output(command).isPresent(), () -> "failed: " + command);
  }

  @Test
  void aManifestIsReadBackEqual() throws IOException {
    Manifest manifest =
        Manifest.startingNow(7, "2.10.0", "cpu", Map.of("tokenizer", "ab", "data", "cd"));
    Path file = temp.resolve("manifest.json");
    manifest.write(file);
    assertEquals(manifest, Manifest.read(file));
    String text = Files.readString(file);
    assertTrue(
        text.matches("(?s).*\"started\" : \"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\".*"));
    assertTrue(text.indexOf("\"data\"") < text.indexOf("\"tokenizer\""));
  }

  @Test
  void aCutManifestIsAUserError() throws IOException {
    Path file = Files.writeString(temp.resolve("manifest.json"), "{\"seed\": 7, ");
    assertThrows(FileException.class, () -> Manifest.read(file));
  }

  @Test
  void theMachineIsDescribed() {
    Machine machine = Machine.current();
    assertTrue(machine.cpuCount() > 0);
    assertTrue(machine.memoryBytes() > 1L << 28);
    assertFalse(machine.cpu().isBlank());
    assertTrue(machine.jdk().contains(Runtime.version().toString()));
  }

  @Test
  void aFolderOutsideGitHasAnUnknownCommit() {
    assertEquals(new SourceState("unknown", false), SourceState.of(temp.resolve("none")));
  }

  @Test
  void aChangedCheckoutIsDirty() throws IOException {
    Assumptions.assumeTrue(Commands.output(List.of("git", "--version")).isPresent(), "needs git");
    git("init");
    Path file = Files.writeString(temp.resolve("a.txt"), "1");
    git("add", "a.txt");
    git("commit", "-m", "Add a file");
    SourceState clean = SourceState.of(temp);
    assertTrue(clean.commit().matches("[0-9a-f]{40}"), clean.commit());
    assertFalse(clean.dirty());
    Files.writeString(file, "2");
    assertEquals(new SourceState(clean.commit(), true), SourceState.of(temp));
  }
}

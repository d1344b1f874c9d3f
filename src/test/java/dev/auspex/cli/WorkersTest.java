package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
import dev.auspex.run.Interruption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs on several workers through the command line: real processes, real sockets.
class WorkersTest {
  @TempDir private Path folder;

  private int train(String dir, String... more) throws Exception {
    Path text = folder.resolve("text.txt");
    if (!Files.exists(text)) {
      Files.writeString(text, "It was the best of times, it was the worst.\n".repeat(2000));
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                "--preset",
                "shakespeare-char",
                "--data",
                text.toString(),
                "--dir",
                folder.resolve(dir).toString(),
                "threads=1",
                "steps=4",
                "model.dim=64",
                "model.num_layers=2",
                "model.num_heads=1",
                "model.num_kv_heads=1",
                "model.ffn_dim=128",
                "batch_size=8",
                "micro_batch_size=2",
                "eval.final_windows=8"));
    arguments.addAll(List.of(more));
    return Main.commandLine(new Interruption()).execute(arguments.toArray(String[]::new));
  }

  private byte[] weights(String dir) throws Exception {
    return Files.readAllBytes(folder.resolve(dir).resolve("model/model.safetensors"));
  }

  @Test
  void twoWorkersEndInTheBitsOfOne() throws Exception {
    assertEquals(0, train("one"));
    assertEquals(0, train("two", "--workers", "2"));
    assertArrayEquals(weights("one"), weights("two"));
    assertTrue(
        Files.exists(
            folder.resolve("two/checkpoints/step-4/optimizer-00001-of-00002.safetensors")));
  }

  @Test
  void moreWorkersThanMicroBatchesIsTheUsersMistake() throws Exception {
    assertEquals(2, train("five", "--workers", "5"));
    assertFalse(Files.exists(folder.resolve("five")), "nothing may be made before it is told");
    assertEquals(2, train("none", "--workers", "0"));
  }

  @Test
  void aStrangeEnvironmentIsToldInOneLine() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> Workers.connect(Map.of("RANK", "2", "WORLD_SIZE", "2", "MASTER_PORT", "29500")));
    assertTrue(e.getMessage().startsWith("RANK (2) must be a number from 0 to 1"), e.getMessage());
  }
}

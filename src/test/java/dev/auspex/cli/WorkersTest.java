package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
import dev.auspex.io.Json;
import dev.auspex.run.MetricsLog;
import dev.auspex.train.TrainResult;
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

  private CliRun train(String dir, String... more) throws Exception {
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
                "model.dim=128",
                "model.num_layers=3",
                "model.num_heads=2",
                "model.num_kv_heads=2",
                "model.ffn_dim=512", // 1 MB of gradients a block, so that each travels by itself
                "batch_size=8",
                "micro_batch_size=2",
                "eval.final_windows=8"));
    arguments.addAll(List.of(more));
    return CliRun.of(arguments.toArray());
  }

  private byte[] weights(String dir) throws Exception {
    return Files.readAllBytes(folder.resolve(dir).resolve("model/model.safetensors"));
  }

  @Test
  void twoWorkersEndInTheBitsOfOne() throws Exception {
    train("one").ending(0);
    train("two", "--workers", "2").ending(0);
    assertArrayEquals(weights("one"), weights("two"));
    assertTrue(
        Files.exists(
            folder.resolve("two/checkpoints/step-4/optimizer-00001-of-00002.safetensors")));
    waits("one").forEach(seconds -> assertEquals(0, seconds, "alone"));
    waits("two").forEach(seconds -> assertTrue(seconds > 0, "a step waits for the last bucket"));
  }

  /// Seconds that each step waited for gradients.
  private List<Double> waits(String dir) {
    List<Double> waits =
        MetricsLog.read(folder.resolve(dir).resolve("metrics.jsonl")).stream()
            .filter(line -> line.has("loss"))
            .map(line -> line.path("gradient_wait_seconds").asDouble(-1))
            .toList();
    assertEquals(4, waits.size());
    return waits;
  }

  @Test
  void sumsInAnyOrderTrainTheSameModelButForRounding() throws Exception {
    train("ordered").ending(0);
    train("fast", "--workers", "3", "parallel.reduce=fast").ending(0);
    assertEquals(heldout("ordered"), heldout("fast"), 1e-3);
  }

  private double heldout(String dir) {
    return Json.read(folder.resolve(dir).resolve("result.json"), TrainResult.class).heldoutLoss();
  }

  @Test
  void moreWorkersThanMicroBatchesIsTheUsersMistake() throws Exception {
    train("five", "--workers", "5").mistake();
    assertFalse(Files.exists(folder.resolve("five")), "nothing may be made before it is told");
    train("none", "--workers", "0").mistake();
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

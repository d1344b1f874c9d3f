package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Kills a training process twenty times at random moments, resumes it each time, and compares the
/// final weights with those of a run nobody disturbed.
@Tag("slow")
class KillTest {
  private static final int KILLS = 20;
  private static final long SEED = 20;

  @TempDir private Path folder;

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("last.log").toFile())
        .start();
  }

  private Process begin(Path dir) throws IOException {
    return start(
        "train",
        "--preset",
        "shakespeare-char",
        "--data",
        folder.resolve("text.txt").toString(),
        "--dir",
        dir.toString(),
        "steps=300",
        "model.dim=64",
        "model.num_layers=2",
        "model.num_heads=1",
        "model.num_kv_heads=1",
        "model.ffn_dim=128",
        "batch_size=8",
        "micro_batch_size=4",
        "checkpoint.every_seconds=0.2",
        "eval.every_steps=0",
        "eval.final_windows=8");
  }

  @Test
  void twentyKillsChangeNoBit() throws Exception {
    Files.writeString(
        folder.resolve("text.txt"), "It was the best of times, it was the worst.\n".repeat(2000));
    Path whole = folder.resolve("whole");
    assertEquals(0, begin(whole).waitFor(), () -> "see " + folder.resolve("last.log"));

    Path killed = folder.resolve("killed");
    Process process = begin(killed);
    SplittableRandom random = new SplittableRandom(SEED);
    int kills = 0;
    boolean done = false;
    while (!done) {
      boolean started = Files.isRegularFile(killed.resolve("config.yaml"));
      long wait = kills < KILLS && started ? 700 + random.nextInt(1500) : 60_000;
      if (!started) {
        Thread.sleep(50);
        continue;
      }
      done = process.waitFor(wait, TimeUnit.MILLISECONDS);
      if (!done && kills < KILLS) {
        process.destroyForcibly().waitFor();
        kills++;
        process = start("train", "--resume", killed.toString());
      }
    }
    assertEquals(0, process.exitValue(), Files.readString(folder.resolve("last.log")));
    assertTrue(kills >= KILLS / 2, "only " + kills + " kills fell into the run; make it longer");
    assertArrayEquals(
        Files.readAllBytes(whole.resolve("model/model.safetensors")),
        Files.readAllBytes(killed.resolve("model/model.safetensors")),
        "seed " + SEED);
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Small checks through the command line, each of seconds.
class ScaleCheckCommandTest {
  private static final List<String> ADAMW =
      List.of(
          "base.optimizer.type=adamw",
          "base.lookback=null",
          "base.optimizer.learning_rate=0.002",
          "base.optimizer.beta1=0.9",
          "base.optimizer.beta2=0.95",
          "base.optimizer.eps=1e-8",
          "base.optimizer.hidden_weight_decay=0.1");

  @TempDir private Path folder;

  private CliRun check(List<String> more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "scale",
                "check",
                "--target",
                "quickstart",
                "--json",
                "base.model.vocab_size=300",
                "base.model.context_length=32",
                "base.threads=1"));
    words.addAll(more);
    return CliRun.of(words.toArray());
  }

  private CliRun coordinates(String name, List<String> more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "--widths=16,32,64,128",
                "--depths=3,6,12",
                "--dir",
                folder.resolve(name).toString()));
    words.addAll(more);
    return check(words);
  }

  @Test
  void sizesAreFlatWithMuonAndAreNotWithoutMup() {
    CliRun flat = coordinates("mup", List.of());
    assertEquals(0, flat.code(), flat.json().toString());
    assertTrue(flat.json().path("passed").asBoolean());
    CliRun broken = coordinates("standard", List.of("--standard"));
    assertEquals(3, broken.code(), broken.json().toString());
    String lines = broken.json().path("drifting").toString();
    assertTrue(lines.contains("with width, most of all the"), lines);
    assertTrue(lines.contains("model.mup.base_dim must be"), lines);
    assertTrue(lines.contains("model.mup.base_layers must be"), lines);
  }

  @Test
  void sizesAreFlatWithAdamwAndAreNotWithoutMup() {
    CliRun flat = coordinates("mup", ADAMW);
    assertEquals(0, flat.code(), flat.json().toString());
    List<String> without = new ArrayList<>(ADAMW);
    without.add("--standard");
    CliRun broken = coordinates("standard", without);
    assertEquals(3, broken.code(), broken.json().toString());
    for (JsonNode row : broken.json().path("coordinates")) {
      if (row.path("quantity").asString().equals("block 1/1")
          && row.path("measure").asString().equals("change")) {
        assertTrue(row.path("slope").asDouble() > 0.5, row.toString());
      }
    }
  }

  @Test
  void bestRatesAreMeasuredOnceAndAWrongHorizonExponentIsFound() throws IOException {
    String dir = folder.resolve("rates").toString();
    List<String> words =
        List.of(
            "--data",
            "src/main",
            "--dir",
            dir,
            "--widths=16,32",
            "--depths=3,6",
            "--horizons=1,8",
            "--rates=0.5,2,8,32",
            "--tokens=4000",
            "--steps=4",
            "--seeds=2",
            "recipe.rate_horizon_exponent=1",
            "tokens_per_parameter=0.01",
            "base.batch_size=8",
            "base.micro_batch_size=8",
            "base.text.max_bytes=300000",
            "base.eval.final_windows=64",
            "base.eval.every_steps=0");
    CliRun wrong = check(words);
    assertEquals(3, wrong.code(), wrong.json().toString());
    String lines = wrong.json().path("drifting").toString();
    assertTrue(lines.contains("the best rate moves with horizon (power +"), lines);
    assertTrue(lines.contains("recipe.rate_horizon_exponent=0."), lines);
    for (String file : List.of("check.json", "check.html", "best-rates.svg", "losses-width.svg")) {
      assertTrue(Files.size(Path.of(dir, file)) > 500, file);
    }
    JsonNode detailed = Json.readTree(Path.of(dir, "check.json"));
    assertEquals(4, detailed.path("losses").size(), "corner and one more on each axis");

    List<FileTime> times = times(Path.of(dir, "ladder"));
    assertTrue(times.size() >= 4 * 4, times.toString());
    assertEquals(wrong.json(), check(words).json());
    assertEquals(times, times(Path.of(dir, "ladder")), "finished runs must not be repeated");

    List<String> other = new ArrayList<>(words);
    other.set(other.indexOf("recipe.rate_horizon_exponent=1"), "recipe.rate_horizon_exponent=0.5");
    CliRun refused = check(other);
    assertEquals(2, refused.code());
    assertTrue(refused.err().contains("must be a folder of runs with these settings"));
  }

  private static List<FileTime> times(Path ladder) throws IOException {
    List<FileTime> times = new ArrayList<>();
    try (Stream<Path> runs = Files.list(ladder)) {
      for (Path run : runs.sorted().toList()) {
        times.add(Files.getLastModifiedTime(run.resolve("result.json")));
      }
    }
    return times;
  }

  @Test
  void optionsThatCannotWorkAreRefusedByName() {
    assertRefused("--widths ([16]) must be at least 2 different values above 0", "--widths=16");
    assertRefused("--rates ([0.5, 1.0, 2.0]) must be at least 4", "--rates=0.5,1,2", "--seeds=1");
    assertRefused("--steps (2) must be at least 4", "--steps=2");
    assertRefused("dim (20) must be divisible by head_dim (8)", "--widths=16,20");
  }

  private void assertRefused(String message, String... more) {
    List<String> words = new ArrayList<>(List.of(more));
    words.add("--dir=" + folder.resolve("refused"));
    CliRun outcome = check(words);
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains(message), outcome.err());
  }
}

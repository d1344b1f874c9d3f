package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.data.CacheTrigram;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `scale run` with preset `quickstart` on the text of this very source tree, its ladder made up: a
/// straight line of slope 0.09, so that the slope beyond it can only come from the text.
class CountedForecastTest {
  private static final double[] FLOPS = {8.54e10, 2.27e11, 4.68e11, 8.16e11, 1.34e12, 2.07e12};
  private static final int LARGEST_TOKENS = 1_375_488;

  @TempDir private Path folder;

  private final List<String> ladder = new ArrayList<>();

  @BeforeEach
  void aStraightLadder() {
    for (int i = 0; i < FLOPS.length; i++) {
      ladder.add(
          "{\"name\":\"dim-%d\",\"flops\":%s,\"parameters\":0,\"tokens\":%d,\"loss\":%s,\"seed\":1}"
              .formatted(
                  i,
                  FLOPS[i],
                  LARGEST_TOKENS * (i + 1) / FLOPS.length,
                  2 * Math.pow(FLOPS[i] / FLOPS[0], -0.09)));
    }
  }

  private CliRun run(Path dir, Object data, String... overrides) throws IOException {
    Files.createDirectories(dir);
    Files.write(dir.resolve("ladder.jsonl"), ladder);
    List<Object> words = new ArrayList<>(List.of("scale", "run", "--target", "quickstart"));
    words.addAll(List.of("--ratio", "10", "--data", data, "--dir", dir, "--json"));
    words.addAll(List.of("base.text.tokenizer_bytes=1000000", "base.threads=1"));
    words.addAll(List.of(overrides));
    return CliRun.of(words.toArray()).ending(0);
  }

  private static JsonNode assumptions(Path dir) {
    return Json.readTree(dir.resolve("forecast.json")).path("assumptions");
  }

  @Test
  void theTextTellsTheSlopeBeyondTheLadder() throws IOException {
    Path dir = folder.resolve("run");
    CliRun run = run(dir, "src/main");
    double loss;
    try (TokenDataset data = TokenDataset.open(dir.resolve("data"))) {
      loss = new CacheTrigram(data, 128, LARGEST_TOKENS, 1).loss(data.heldout(128, 2048));
    }
    String name = assumptions(dir).path("name").asString();
    assertEquals(loss, Double.parseDouble(name.substring("counted:".length())), 1e-4);
    double end = 2 * Math.pow(FLOPS[5] / FLOPS[0], -0.09);
    double ratio = Json.readTree(dir.resolve("forecast.json")).path("compute_ratio").asDouble();
    double predicted = run.json().path("predicted").asDouble();
    assertEquals(end * Math.pow(ratio, 0.045 * loss - 0.244), predicted, 2e-3 * end);
    assertFalse(run.err().contains("unmeasured-curve"), run.err());
  }

  @Test
  void otherSizesHaveASlopeOfTheirOwn() throws IOException {
    Path near = folder.resolve("run");
    run(near, "src/main");
    ladder.subList(3, FLOPS.length).clear();
    Path far = folder.resolve("far");
    String[] overrides = {
      "tokens_per_parameter=3", "target_dim=232", "dims=[24,32,40]", "assume=text-counted"
    };
    run(far, near.resolve("data"), overrides);
    String counted = assumptions(near).path("name").asString();
    assertEquals("text-" + counted, assumptions(far).path("name").asString());
    overrides[1] = "target_dim=128";
    Path nearer = folder.resolve("nearer");
    CliRun run = run(nearer, near.resolve("data"), overrides);
    assertEquals("unmeasured-curve", assumptions(nearer).path("name").asString());
    assertTrue(run.err().contains("[3.0, 232, [24, 32, 40]]"), run.err());
  }

  @Test
  void elsewhereTheIntervalIsWideAndSaysSo() throws IOException {
    Path measured = folder.resolve("run");
    run(measured, "src/main");
    for (String change : List.of("tokens_per_parameter=1", "base.optimizer.learning_rate=0.01")) {
      Path dir = folder.resolve(change);
      CliRun run = run(dir, measured.resolve("data"), change);
      assertEquals("unmeasured-curve", assumptions(dir).path("name").asString());
      assertTrue(run.err().contains("taking unmeasured-curve"), run.err());
    }
    ladder.removeLast();
    Path dir = folder.resolve("smaller-ladder");
    run(dir, measured.resolve("data"));
    assertEquals("unmeasured-curve", assumptions(dir).path("name").asString());
  }
}

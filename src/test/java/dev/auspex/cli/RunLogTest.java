package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.Config;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.MetricsLog;
import dev.auspex.run.RunFolder;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainListener.EvalMetrics;
import dev.auspex.train.TrainListener.StepMetrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RunLogTest {
  @TempDir Path root;
  private final TrainConfig config = Config.empty().preset("tiny").load(TrainConfig.class);
  private RunFolder folder;
  private RunLog log;

  @BeforeEach
  void open() {
    folder = new RunFolder(root);
    log = new RunLog(folder, config, 1, new Interruption());
  }

  private static StepMetrics step(long step) {
    return new StepMetrics(
        step,
        step * 4096,
        step * 1e9,
        2.5,
        0.25,
        0.75,
        Map.of("mlp", 0.75),
        5000,
        step * 0.5,
        0.125);
  }

  private List<JsonNode> lines() {
    return MetricsLog.read(folder.metrics());
  }

  @Test
  void aLineTellsWhatTheLoopDoesNotKnow() {
    log.continueAfter(0);
    log.step(step(1));
    log.step(step(2));
    log.close();
    JsonNode first = lines().get(0);
    assertEquals(0.25 * config.optimizer().learningRate(), first.path("learning_rate").asDouble());
    assertTrue(first.path("matmul_share").asDouble() > 0);
    assertTrue(first.path("resident_bytes").asLong() > 1 << 20);
    assertTrue(first.path("peak_bytes").asLong() >= first.path("resident_bytes").asLong());
    assertEquals(0.75, first.at("/grad_norms/mlp").asDouble());
    assertEquals(0.125, first.path("gradient_wait_seconds").asDouble());
    assertFalse(first.has("seconds_left"), "nothing can be told from one step");
    assertTrue(lines().get(1).path("seconds_left").asDouble() > 0);
  }

  @Test
  void goingOnDropsLaterStepsAndTheLastMeasurement() {
    log.continueAfter(0);
    for (long step = 1; step <= 4; step++) {
      log.step(step(step));
    }
    log.evaluated(new EvalMetrics(2, 1, 1, "bf16", false));
    log.evaluated(new EvalMetrics(2, 1, 1, "fp32", true));
    log.close();
    open();
    log.continueAfter(2);
    log.close();
    List<String> kept = new ArrayList<>();
    lines().forEach(line -> kept.add(line.path("step") + line.path("dtype").asString("")));
    assertEquals(List.of("1", "2", "2bf16"), kept);
  }

  @Test
  void theTerminalsNoteHasTheLastStepsNumbers() {
    List<String> notes = new ArrayList<>();
    Progress told =
        log.telling(
            new Progress() {
              @Override
              public void start(String name, long total, String unit) {}

              @Override
              public void update(long done, String note) {
                notes.add(note);
              }

              @Override
              public void finish() {}

              @Override
              public void warn(String line) {}
            });
    log.continueAfter(0);
    told.update(0, "loss");
    log.step(step(1));
    told.update(1, "loss 2.5");
    log.close();
    assertEquals("loss", notes.get(0));
    String number = "[0-9.e-]+";
    String expected = "loss 2\\.5, N% of matmul, norm 0\\.75, rate 0\\.0050, N GB";
    assertTrue(notes.get(1).matches(expected.replace("N", number)), notes.get(1));
  }

  @Test
  void writingBeforeGoingOnIsABug() {
    assertThrows(NullPointerException.class, () -> log.step(step(1)));
    log.close();
  }
}

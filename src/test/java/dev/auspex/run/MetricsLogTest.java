package dev.auspex.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsLogTest {
  @TempDir Path temp;
  private Path file;

  record Line(long step, double trainLoss) {}

  @BeforeEach
  void nameTheFile() {
    file = temp.resolve("run/metrics.jsonl");
  }

  private void write(int from, int to) {
    try (MetricsLog log = MetricsLog.open(file)) {
      for (int step = from; step <= to; step++) {
        log.append(new Line(step, 1.0 / step));
      }
    }
  }

  private List<Long> steps() {
    return MetricsLog.read(file).stream().map(line -> line.get("step").asLong()).toList();
  }

  @Test
  void linesAreReadBackWithEveryDigit() throws IOException {
    write(1, 3);
    assertEquals(1.0 / 3, MetricsLog.read(file).get(2).get("train_loss").doubleValue());
    assertTrue(Files.readString(file).startsWith("{\"step\":1,\"train_loss\":1.0}\n{\"step\":2,"));
  }

  @Test
  void anAppendedLineIsInTheFileBeforeTheLogIsClosed() {
    try (MetricsLog log = MetricsLog.open(file)) {
      log.append(new Line(1, 2));
      assertEquals(List.of(1L), steps());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"step\":4,\"train", "{", "{\"step\":4,\"train_loss\":1}", "\u00eb"})
  void aHalfWrittenLastLineIsDropped(String half) throws IOException {
    write(1, 3);
    Files.writeString(file, half, StandardOpenOption.APPEND);
    assertEquals(List.of(1L, 2L, 3L), steps());
    write(4, 5);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), steps());
  }

  @Test
  void aFirstLineLongerThanABlockAndCutIsDropped() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"a\":\"" + "x".repeat(100_000));
    assertEquals(List.of(), MetricsLog.read(file));
    write(1, 1);
    assertEquals(List.of(1L), steps());
  }

  @Test
  void resumingFromAStepRemovesWhatCameAfterIt() {
    write(1, 9);
    try (MetricsLog log = MetricsLog.open(file)) {
      log.append(java.util.Map.of("note", "no step"));
      assertEquals(10, log.truncateAfterStep(9).size());
      log.append(java.util.Map.of("step", 5, "last", true));
      assertEquals(6, log.truncateAfterStep(5).size());
      log.append(new Line(6, 0.5));
    }
    List<Long> kept =
        MetricsLog.read(file).stream().map(line -> line.path("step").asLong(-1)).toList();
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, -1L, 6L), kept);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"step\":1", "[1]", "", "NaN"})
  void aBrokenLineInTheMiddleIsNamed(String broken) throws IOException {
    write(1, 2);
    Files.writeString(file, broken + "\n{\"step\":4}\n", StandardOpenOption.APPEND);
    RunException e = assertThrows(RunException.class, () -> MetricsLog.read(file));
    assertTrue(e.getMessage().contains("metrics.jsonl line 3 must be one JSON object"));
    assertEquals(1, e.getMessage().lines().count());
  }

  @Test
  void anAbsentLogHasNoLines() {
    assertEquals(List.of(), MetricsLog.read(file));
  }
}

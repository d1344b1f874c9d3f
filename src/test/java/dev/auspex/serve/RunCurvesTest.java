package dev.auspex.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class RunCurvesTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("metrics.jsonl");
  }

  private static String steps(long from, long to) {
    StringBuilder text = new StringBuilder();
    for (long step = from; step <= to; step++) {
      text.append(
          "{\"step\":%d,\"loss\":%s,\"grad_norms\":{\"mlp\":2}}%n".formatted(step, 1.0 / step));
    }
    return text.toString();
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static List<Double> column(ObjectNode json, String key) {
    List<Double> values = new ArrayList<>();
    json.at("/curves/" + key).forEach(value -> values.add(value.asDouble(Double.NaN)));
    return values;
  }

  private ObjectNode read(RunCurves curves, int generation, int from) {
    curves.refresh();
    return curves.toJson(generation, from);
  }

  @Test
  void anAbsentFileHasNoPointsAndNoLastStep() {
    RunCurves curves = new RunCurves(file);
    assertEquals(List.of(), column(read(curves, -1, 0), "step"));
    assertTrue(curves.lastStep().isEmpty());
    assertTrue(curves.changed().isEmpty());
  }

  @Test
  void aShortRunIsTakenAsItIs() throws IOException {
    append(steps(1, 3));
    ObjectNode json = read(new RunCurves(file), -1, 0);
    assertEquals(List.of(1.0, 2.0, 3.0), column(json, "step"));
    assertEquals(List.of(1.0, 0.5, 1.0 / 3), column(json, "loss"));
    assertEquals(List.of(2.0, 2.0, 2.0), column(json, "grad_norms.mlp"));
  }

  @Test
  void aLongRunHasAtMost512PointsPerDoublingAndKeepsItsMean() throws IOException {
    int rows = 100_000;
    append(steps(1, rows));
    List<Double> steps = column(read(new RunCurves(file), -1, 0), "step");
    for (int i = 0; i < 1024; i++) {
      assertEquals(i + 1.0, steps.get(i));
    }
    for (long from = 1024; from < rows; from *= 2) {
      long start = from;
      long count = steps.stream().filter(step -> step > start && step <= 2 * start).count();
      assertTrue(count <= 512, count + " points from " + from);
      assertTrue(2 * from > rows || count > 500, count + " points from " + from);
    }
    assertEquals(2050.5, steps.get(1024 + 512), "the mean of 2049 to 2052");
  }

  @Test
  void readingInPartsGivesWhatReadingAtOnceGives() throws IOException {
    RunCurves parts = new RunCurves(file);
    List<Double> gathered = new ArrayList<>();
    String all = steps(1, 3000);
    int generation = -1;
    for (int at = 0; at < all.length(); at += 9973) { // cuts in the middle of lines
      append(all.substring(at, Math.min(all.length(), at + 9973)));
      int from = Math.max(0, gathered.size() - 1);
      ObjectNode json = read(parts, generation, from);
      generation = json.path("generation").asInt();
      assertEquals(from, json.path("from").asInt());
      gathered = new ArrayList<>(gathered.subList(0, from));
      gathered.addAll(column(json, "loss"));
    }
    assertEquals(column(read(new RunCurves(file), -1, 0), "loss"), gathered);
  }

  @Test
  void aRunResumedFromAnEarlierStepStartsOver() throws IOException {
    RunCurves curves = new RunCurves(file);
    append(steps(1, 9));
    ObjectNode before = read(curves, -1, 0);
    AtomicFiles.writeString(file, steps(1, 5));
    append("{\"step\":6,\"loss\":7}\n");
    ObjectNode after = read(curves, before.path("generation").asInt(), 9);
    assertFalse(before.path("generation").equals(after.path("generation")));
    assertEquals(0, after.path("from").asInt());
    assertEquals(List.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), column(after, "step"));
    assertEquals(7, column(after, "loss").getLast());
  }

  @Test
  void measurementsHalfLinesAndForeignLinesAreNoSteps() throws IOException {
    append(steps(1, 2));
    append(
        "{\"step\":2,\"heldout_loss\":1.5,\"heldout_bpb\":0.75,\"last\":true}\nnonsense\n[1]\n{\"st");
    RunCurves curves = new RunCurves(file);
    ObjectNode json = read(curves, -1, 0);
    assertEquals(2, column(json, "step").size());
    JsonNode heldout = json.path("heldout");
    assertEquals(1, heldout.size());
    assertEquals(0.75, heldout.get(0).path("heldout_bpb").asDouble());
    assertEquals(2, curves.lastStep().orElseThrow().path("step").asInt());
    append("ep\":3,\"loss\":0.1,\"seconds_left\":4}\n");
    json = read(curves, -1, 0);
    assertEquals(List.of(Double.NaN, Double.NaN, 4.0), column(json, "seconds_left"));
  }
}

package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTableTest {
  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<RunRecord> read(Path file, String... map) {
    return new RunTable(ColumnMap.parse(List.of(map)), List.of()).read(List.of(file));
  }

  private static String failure(Path file, String... map) {
    return String.valueOf(assertThrows(ScalingException.class, () -> read(file, map)).getMessage());
  }

  @Test
  void aCsvOfRunsIsReadWithMappedColumns() throws IOException {
    Path file = file("runs.csv", "name,N,D,\"eval, c4\"\na,1e6,2e7,3.5\n\"b\"\"x\",2e6,4e7,3.25\n");
    List<RunRecord> runs = read(file, "N=parameters", "D=tokens", "eval, c4=c4");
    assertEquals("b\"x", runs.getLast().name());
    assertEquals(3.25, runs.getLast().metrics().get("c4"));
    assertEquals(6 * 1e6 * 2e7, runs.getFirst().point().flops());
  }

  @Test
  void aStepLogCountsItsLastValues() throws IOException {
    Path file = file("190M-1xC.csv", "_step,tokens,gflops,loss\n1,10,1,9\n2,20,2,8\n3,30,3,\n");
    RunRecord run = read(file).getFirst();
    assertEquals("190M-1xC", run.name());
    assertEquals(new Target(3e9, 0, 30), run.point());
    assertEquals(8, run.metrics().get("loss"));
  }

  @Test
  void jsonLinesAndGzipAndTabsAreRead() throws IOException {
    Path json = file("a.jsonl", "{\"name\":\"x\",\"flops\":1e12,\"eval\":{\"c4\":3}}\n\n");
    assertEquals(3, read(json, "eval.c4=c4").getFirst().metrics().get("c4"));
    Path tabs = file("a.tsv", "name\tflops\tloss\nx\t1e12\t2\n");
    assertEquals(2, read(tabs).getFirst().metrics().get("loss"));
    Path zipped = folder.resolve("b.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
      out.write("flops,loss\n1e12,2\n2e12,1.9\n".getBytes(StandardCharsets.UTF_8));
    }
    assertEquals("b:3", read(zipped).getLast().name());
  }

  @Test
  void aLadderFileNeedsNoMapping() throws IOException {
    Path file =
        file(
            "ladder.jsonl",
            "{\"name\":\"dim-32\",\"flops\":1e12,\"parameters\":1e5,\"tokens\":2e6,\"loss\":2.5,"
                + "\"seed\":7}\n");
    RunRecord run = read(file).getFirst();
    assertEquals(new Target(1e12, 1e5, 2e6), run.point());
    assertEquals(7, run.seed());
  }

  @Test
  void aSideTableCompletesRunsByNameOrFile() throws IOException {
    Path side =
        file(
            "runs.tsv",
            "model\tparameters\tflops_per_token\tfiles\n1B\t1e9\t8e9\t1B-*.csv\n"
                + "7B\t7e9\t5e10\tfinal.csv (end), full.csv\n1B-large\t2e9\t1e10\tnone\n");
    RunTable table = new RunTable(ColumnMap.parse(List.of()), List.of(side));
    List<RunRecord> runs =
        table.read(
            List.of(
                file("1B-5xC.csv", "_step,tokens,loss\n1,1e10,2\n"),
                file("1B-large-5xC.csv", "_step,tokens,loss\n1,1e10,2\n"),
                file("final.csv", "tokens,loss\n1e12,2\n")));
    assertEquals(new Target(8e19, 1e9, 1e10), runs.getFirst().point());
    assertEquals(2e9, runs.get(1).point().parameters());
    assertEquals(new Target(5e22, 7e9, 1e12), runs.getLast().point());
  }

  @Test
  void badCellsAreNamedByFileLineAndColumn() throws IOException {
    assertTrue(
        failure(file("a.csv", "name,flops,loss\nx,1e12,2\ny,2e12,low\n"))
            .endsWith(
                "a.csv line 3, column loss (low) must be a finite number, or empty where not known"));
    assertTrue(
        failure(file("b.csv", "name,flops,loss\nx,1e12\n"))
            .contains("b.csv line 2 must have 3 fields as the header has, and has 2"));
    assertTrue(
        failure(file("c.jsonl", "{\"flops\":1e12,\"loss\":2}\n{\"flops\":\n"))
            .contains("c.jsonl line 2 must be one JSON object"));
    assertTrue(
        failure(file("d.csv", "name,loss\nx,2\n"))
            .contains("d.csv line 2 (run x) must give flops"));
    assertTrue(
        failure(file("e.csv", "name,flops,loss\n\"x,1e12,2\n"))
            .contains("e.csv line 2 must close its quote"));
    assertTrue(failure(file("f.csv", "name,flops,loss\n")).contains("at least one row"));
    assertTrue(
        failure(file("g.csv", "name,flops,c4_loss\nx,1e12,2\n"), "c4_los=c4")
            .contains("map (c4_los) must name a column of the files; nearest: c4_loss"));
    assertThrows(ScalingException.class, () -> ColumnMap.parse(List.of("loss")));
  }

  @Test
  void everyMetricIsFittedAndComparedWithOutcomes() throws IOException {
    StringBuilder text = new StringBuilder("name,flops,a,b\n");
    for (int i = 0; i < 6; i++) {
      double flops = 1e12 * Math.pow(3, i);
      text.append("r%d,%s,".formatted(i, flops));
      text.append(40 * Math.pow(flops, -0.11)).append(',');
      text.append(Math.exp(-30 * Math.pow(flops, -0.1))).append('\n');
    }
    Path runs = file("runs.csv", text.toString());
    double target = 1e16;
    Path predict =
        file(
            "target.csv",
            "name,flops,a\nbig," + target + "," + 40 * Math.pow(target, -0.11) + "\n");
    TableFit fit =
        TableFit.of(
            read(runs, "a=a", "b=accuracy:task"), read(predict, "a=a"), Assumptions.general(), 0.9);
    assertEquals(2, fit.predictions().size());
    TableFit.Prediction loss = fit.predictions().getFirst();
    assertEquals("a", loss.metric());
    assertTrue(Math.abs(loss.relativeError()) < 0.01, loss.toString());
    TableFit.Prediction task = fit.predictions().getLast();
    assertEquals("task", task.metric());
    assertEquals(Math.exp(-30 * Math.pow(target, -0.1)), task.predicted(), 0.02);
    assertTrue(task.low() < task.predicted() && task.predicted() < task.high());
    assertEquals(null, task.actual());
  }
}

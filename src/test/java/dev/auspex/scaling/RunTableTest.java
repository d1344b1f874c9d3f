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
import java.util.Map;
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
                "a.csv line 3, column loss (low) must be a finite number, or empty where not"
                    + " known"));
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
  void columnsOfSeveralRunsBecomeRowsOfEach() throws IOException {
    Path sizes = file("sizes.csv", "run,n,batch\na-1b,1B,1000\nb,2b,2000\n");
    Path export =
        file(
            "export.csv",
            "\"Step\",\"a-1b - eval/c4\",\"a-1b - eval/c4__MIN\",\"b - eval/c4\"\n"
                + "10,4,3,5\n20,,,4.5\n");
    RunTable table =
        new RunTable(
            ColumnMap.parse(
                List.of(
                    "Step=step", "n=parameters", "batch=tokens_per_step", "{name} - eval/*4=c4")),
            List.of(sizes));
    List<RunRecord> runs = table.read(List.of(export));
    assertEquals(List.of("a-1b", "b"), runs.stream().map(RunRecord::name).toList());
    assertEquals(new Target(6 * 1e9 * 10_000, 1e9, 10_000), runs.getFirst().point());
    assertEquals(new Target(6 * 2e9 * 40_000, 2e9, 40_000), runs.getLast().point());
    assertEquals(4, runs.getFirst().metrics().get("c4"));
    assertEquals(4.5, runs.getLast().metrics().get("c4"));
  }

  @Test
  void valuesAreScaledAndSizesMayBeGrouped() throws IOException {
    Path file = file("a.csv", "N (M);D (B);pf_days;l\n70;1;1;3\n\"1,400\";20,000;N/A;2\n");
    ColumnMap map =
        ColumnMap.parse(
            List.of("N (M)=parameters", "D (B)=tokens", "pf_days=flops", "l=loss"),
            List.of("N*=M", "D (B)=1e9", "pf_days=8.64e19"));
    List<RunRecord> runs = new RunTable(map, List.of()).read(List.of(file));
    assertEquals(new Target(8.64e19, 70e6, 1e9), runs.getFirst().point());
    assertEquals(new Target(6 * 1.4e9 * 2e13, 1.4e9, 2e13), runs.getLast().point());
    assertThrows(ScalingException.class, () -> ColumnMap.parse(List.of(), List.of("D=billion")));
    Path comma = file("b.csv", "name;flops;loss\nx;1e12;3,1\n");
    assertTrue(failure(comma).contains("column loss (3,1) must be a finite number"));
    assertTrue(failure(comma).endsWith("with a point and not a comma before its decimals"));
  }

  @Test
  void remarksWhiteSpaceAndNamesThatComeAgainAreRead() throws IOException {
    Path saved = file("saved.txt", "# made by a script\n# N D loss\n1e6  2e7 3\n2e6 4e7  2.5\n");
    RunRecord last = read(saved, "N=parameters", "D=tokens").getLast();
    assertEquals(new Target(6 * 2e6 * 4e7, 2e6, 4e7), last.point());
    Path twice = file("twice.csv", "flops,loss,loss\n1e12,2,3\n");
    assertEquals(3, read(twice, "loss=-", "loss.1=web").getFirst().metrics().get("web"));
  }

  @Test
  void jsonMayBeAnArrayOrSpreadOverLinesAndHoldNotANumber() throws IOException {
    Path array =
        file(
            "runs.json",
            "[\n {\"name\": \"x\",\n  \"flops\": 1e12, \"loss\": 3, \"norm\": NaN},\n"
                + " {\"name\": \"y\", \"flops\": 2e12, \"loss\": NaN, \"c4\": 2}\n]\n");
    List<RunRecord> runs = read(array, "c4=c4");
    assertEquals(3, runs.getFirst().metrics().get("loss"));
    assertEquals(Map.of("c4", 2.0), runs.getLast().metrics());
    Path spread = file("one.json", "{\n \"flops\": 1e12,\n \"loss\": 3\n}\n");
    assertEquals(3, read(spread).getFirst().metrics().get("loss"));
    String row = "[{\"flops\": 1e12, \"loss\": 3},\n {\"flops\": ";
    assertTrue(
        failure(file("bad.json", row + "[1, 2], \"loss\": 3}]"))
            .contains("bad.json line 2, column flops ([1,2]) must be a finite number"));
    assertTrue(failure(file("cut.json", row)).contains("cut.json line 2 must be one JSON object"));
  }

  @Test
  void aFolderStandsForItsFilesAndRunsOfOneNameForTheirFolders() throws IOException {
    for (String size : List.of("1B", "2B")) {
      Path run = Files.createDirectories(folder.resolve("logs").resolve(size));
      Files.writeString(
          run.resolve("metrics.jsonl"), "{\"_step\":1,\"loss\":4}\n{\"_step\":5,\"loss\":3}\n");
    }
    file("logs/sizes.csv", "run,parameters,tokens_per_parameter\n1B,1B,20\n2B,2B,20\n");
    Path later = file("logs/big.csv", "name,flops,loss\nbig,1e30,1\n");
    Path logs = folder.resolve("logs");
    List<RunRecord> runs =
        new RunTable(ColumnMap.parse(List.of()), List.of(folder.resolve("./logs/sizes.csv")))
            .read(List.of(logs), List.of(later));
    assertEquals(List.of("1B/metrics", "2B/metrics"), runs.stream().map(RunRecord::name).toList());
    assertEquals(new Target(6 * 2e9 * 4e10, 2e9, 4e10), runs.getLast().point());
  }

  @Test
  void whatIsMissingOfComputeSizeAndDataFollowsFromTheOthers() throws IOException {
    StringBuilder text = new StringBuilder("N,C,loss\n");
    for (int i = 0; i < 4; i++) {
      for (int ratio : new int[] {10, 40}) {
        double n = 1e7 * Math.pow(3, i);
        double d = n * ratio;
        double loss = 1.7 + 400 / Math.pow(n, 0.34) + 410 / Math.pow(d, 0.28);
        text.append("%s,%s,%s%n".formatted(n, 6 * n * d, loss));
      }
    }
    List<RunRecord> runs = read(file("nc.csv", text.toString()), "N=parameters", "C=flops");
    TableFit fit = TableFit.of(runs, List.of(), Assumptions.general(), 0.9);
    TableFit.MetricLaw law =
        fit.laws().stream().filter(l -> l.form().equals(Chinchilla.FORM)).findFirst().orElseThrow();
    assertEquals(0.28, law.parameters().get("beta"), 1e-3);
    assertTrue(fit.warnings().getFirst().startsWith("tokens not given for all runs"));
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

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class ScaleCommandsTest {
  @TempDir Path folder;

  /// A command's exit code and the JSON it printed.
  private record Outcome(int exit, JsonNode json) {}

  private static Outcome run(Object command, Object... arguments) {
    PrintStream out = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      String[] words = List.of(arguments).stream().map(Object::toString).toArray(String[]::new);
      int exit = new CommandLine(command).execute(words);
      return new Outcome(exit, Json.MAPPER.readTree(bytes.toString(StandardCharsets.UTF_8)));
    } finally {
      System.setOut(out);
    }
  }

  private Path target() throws IOException {
    Path run = Files.createDirectories(folder.resolve("java"));
    Files.writeString(run.resolve("config.yaml"), "seed: 7\n");
    StringBuilder ladder = new StringBuilder();
    double[] flops = {1.9e11, 4.8e11, 1.02e12, 3.9e12, 1.32e13};
    double[] losses = {2.523, 2.318, 2.168, 1.876, 1.622};
    for (int i = 0; i < flops.length; i++) {
      ladder.append(
          "{\"name\":\"r%d\",\"flops\":%s,\"parameters\":0,\"tokens\":0,\"loss\":%s,\"seed\":1}%n"
              .formatted(i, flops[i], losses[i]));
    }
    Files.writeString(run.resolve("ladder.jsonl"), ladder.toString());
    return run;
  }

  @Test
  void sealScoreVerifyAndLedgerKeepTheContract() throws IOException {
    Path run = target();
    Outcome sealed =
        run(
            new ScaleSealCommand(),
            "--ladder",
            run,
            "--run",
            run,
            "--flops",
            "6.7e13",
            "--assume",
            "small-runs",
            "--json");
    assertEquals(0, sealed.exit());
    for (String key : List.of("seal", "time", "predicted", "low", "high")) {
      assertTrue(sealed.json().has(key), key);
    }
    Files.writeString(run.resolve("result.json"), "{\"heldout_bpb\":1.320}");
    Outcome score = run(new ScaleScoreCommand(), "--run", run, "--json");
    assertEquals(0, score.exit());
    assertEquals(
        List.of(
            "metric",
            "predicted",
            "low",
            "high",
            "actual",
            "relative_error",
            "inside",
            "compute_ratio",
            "seal_valid"),
        score.json().propertyNames().stream().toList());
    Path register = folder.resolve("register.jsonl");
    Outcome verify = run(new ScaleVerifyCommand(), "--register", register, "--json");
    assertEquals(0, verify.exit());
    assertTrue(verify.json().get("seal_valid").booleanValue());
    assertEquals(1.32, verify.json().get("actual").doubleValue());
    Outcome ledger = run(new ScaleLedgerCommand(), "--register", register, "--json");
    assertEquals(1, ledger.json().get("inside").intValue());
  }

  @Test
  void aMissAndABrokenSealExitWithThree() throws IOException {
    Path run = target();
    run(new ScaleSealCommand(), "--ladder", run, "--run", run, "--flops", "6.7e13", "--json");
    Files.writeString(run.resolve("result.json"), "{\"heldout_bpb\":2.5}");
    assertEquals(3, run(new ScaleScoreCommand(), "--run", run, "--json").exit());
    Files.writeString(run.resolve("config.yaml"), "seed: 8\n");
    Path register = folder.resolve("register.jsonl");
    Outcome verify = run(new ScaleVerifyCommand(), "--register", register, "--json");
    assertEquals(3, verify.exit());
    assertEquals(
        "config.yaml is not the one that was forecast",
        verify.json().at("/problems/0/what").stringValue());
  }

  @Test
  void fitPrintsLawsAndPredictions() throws IOException {
    Path run = target();
    Path big = Files.writeString(folder.resolve("big.csv"), "name,flops,loss\nbig,6.7e13,1.32\n");
    Outcome fit =
        run(
            new ScaleFitCommand(),
            "--runs",
            run.resolve("ladder.jsonl"),
            "--predict",
            big,
            "--json");
    assertEquals(0, fit.exit());
    for (String key : List.of("form", "parameters", "backtest")) {
      assertTrue(fit.json().at("/laws/0").has(key), key);
    }
    for (String key :
        List.of("metric", "target", "predicted", "low", "high", "actual", "relative_error")) {
      assertTrue(fit.json().at("/predictions/0").has(key), key);
    }
  }

  @Test
  void reportAndItsCheckKeepTheContract() throws IOException {
    Path run = target();
    Outcome report = run(new ReportCommand(), "--run", run, "--json");
    assertEquals(0, report.exit());
    assertTrue(report.json().get("files").size() >= 3);
    assertTrue(report.json().get("missing").size() >= 3);
    Outcome held = run(new ReportCommand(), "verify", "--run", run, "--json");
    assertEquals(0, held.exit());
    Files.writeString(run.resolve("config.yaml"), "seed: 8\n");
    Outcome changed = run(new ReportCommand(), "verify", "--run", run, "--json");
    assertEquals(3, changed.exit());
    assertEquals("config.yaml was changed", changed.json().at("/different/0").stringValue());
  }
}

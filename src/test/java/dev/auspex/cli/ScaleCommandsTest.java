package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScaleCommandsTest {
  @TempDir Path folder;

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
    CliRun sealed =
        CliRun.of(
            "scale",
            "seal",
            "--ladder",
            run,
            "--run",
            run,
            "--flops",
            "6.7e13",
            "--assume",
            "small-runs",
            "--json");
    assertEquals(0, sealed.code());
    for (String key : List.of("seal", "time", "predicted", "low", "high")) {
      assertTrue(sealed.json().has(key), key);
    }
    String told = " %s: heldout_bpb ".formatted(sealed.json().path("seal").asString());
    assertTrue(sealed.err().contains(told), sealed.err());
    Files.writeString(run.resolve("result.json"), "{\"heldout_bpb\":1.320}");
    CliRun score = CliRun.of("scale", "score", "--run", run, "--json");
    assertEquals(0, score.code());
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
    CliRun verify = CliRun.of("scale", "verify", "--register", register, "--json");
    assertEquals(0, verify.code());
    assertTrue(verify.json().get("seal_valid").booleanValue());
    assertEquals(1.32, verify.json().get("actual").doubleValue());
    CliRun ledger = CliRun.of("scale", "ledger", "--register", register, "--json");
    assertEquals(1, ledger.json().get("inside").intValue());
  }

  @Test
  void aMissAndABrokenSealExitWithThree() throws IOException {
    Path run = target();
    CliRun.of("scale", "seal", "--ladder", run, "--run", run, "--flops", "6.7e13", "--json");
    Files.writeString(run.resolve("result.json"), "{\"heldout_bpb\":2.5}");
    assertEquals(3, CliRun.of("scale", "score", "--run", run, "--json").code());
    Files.writeString(run.resolve("config.yaml"), "seed: 8\n");
    Path register = folder.resolve("register.jsonl");
    CliRun verify = CliRun.of("scale", "verify", "--register", register, "--json");
    assertEquals(3, verify.code());
    assertEquals(
        "config.yaml is not the one that was forecast",
        verify.json().at("/problems/0/what").stringValue());
  }

  @Test
  void fitPrintsLawsAndPredictions() throws IOException {
    Path run = target();
    Path big = Files.writeString(folder.resolve("big.csv"), "name,flops,loss\nbig,6.7e13,1.32\n");
    CliRun fit =
        CliRun.of(
            "scale", "fit", "--runs", run.resolve("ladder.jsonl"), "--predict", big, "--json");
    assertEquals(0, fit.code());
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
    CliRun report = CliRun.of("report", "--run", run, "--json");
    assertEquals(0, report.code());
    assertTrue(report.json().get("files").size() >= 3);
    assertTrue(report.json().get("missing").size() >= 3);
    CliRun held = CliRun.of("report", "verify", "--run", run, "--json");
    assertEquals(0, held.code());
    Files.writeString(run.resolve("config.yaml"), "seed: 8\n");
    CliRun changed = CliRun.of("report", "verify", "--run", run, "--json");
    assertEquals(3, changed.code());
    assertEquals("config.yaml was changed", changed.json().at("/different/0").stringValue());
  }
}

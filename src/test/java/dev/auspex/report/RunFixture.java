package dev.auspex.report;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A run folder as quickstart leaves it, made from a seeded generator.
final class RunFixture {
  private static final double TARGET_FLOPS = 4.02e13;

  private RunFixture() {}

  /// Fills `run` with every file a report reads.
  static void write(Path run) {
    write(run.resolve("ladder.jsonl"), ladder());
    Json.write(run.resolve("forecast.json"), forecast());
    Json.write(
        run.resolve("score.json"),
        ordered("metric", "heldout_bpb", "inside", true, "seal_valid", true));
    Json.write(
        run.resolve("result.json"),
        ordered(
            "step",
            2400,
            "tokens",
            4_915_200,
            "flops",
            TARGET_FLOPS,
            "parameters",
            1_187_840,
            "train_loss",
            2.7312,
            "heldout_loss",
            2.8104,
            "heldout_bpb",
            1.4387,
            "tokens_per_second",
            16_804.3,
            "seconds",
            292.5,
            "model",
            "runs/java/model"));
    write(run.resolve("metrics.jsonl"), metrics());
    Json.write(run.resolve("data/ledger.json"), ledger());
    write(run.resolve("samples.jsonl"), samples());
    AtomicFiles.writeString(
        run.resolve("config.yaml"),
        "model:\n  dim: 128\n  num_layers: 4\n  vocab_size: 2048\nseed: 7\n# <script>alert(1)</script>\n");
    Json.write(
        run.resolve("manifest.json"),
        ordered(
            "source",
            ordered("version", "0.1.0", "dirty", false),
            "seed",
            7,
            "machine",
            ordered("cpu", "two cores, AVX-512", "memory_bytes", 8_250_000_000L),
            "device",
            "cpu",
            "started",
            "2026-03-01T10:04:12Z"));
  }

  static Map<String, Object> ordered(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static double law(double flops) {
    return 1.42 * Math.pow(1 - 0.5 * 0.12 * Math.log(flops / TARGET_FLOPS), 2);
  }

  private static List<Object> ladder() {
    Random random = new Random(1);
    List<Object> runs = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      double flops = 2.1e10 * Math.pow(2.4, i);
      runs.add(
          ordered(
              "name",
              "dim-" + (16 + 8 * i) + "-seed-7",
              "flops",
              flops,
              "parameters",
              Math.rint(Math.sqrt(flops / 60)),
              "tokens",
              Math.rint(Math.sqrt(flops / 60) * 10),
              "loss",
              law(flops) * Math.exp(0.004 * random.nextGaussian()),
              "seed",
              7));
    }
    return runs;
  }

  private static Map<String, Object> forecast() {
    List<Object> curve = new ArrayList<>();
    for (int i = 0; i <= 32; i++) {
      double flops = 2.1e10 * Math.pow(1.5 * TARGET_FLOPS / 2.1e10, i / 32.0);
      double beyond = Math.max(0, Math.log(flops / 1.67e12));
      double half = 0.006 + 0.009 * beyond;
      curve.add(
          ordered(
              "flops",
              flops,
              "predicted",
              law(flops),
              "low",
              law(flops) * (1 - half),
              "high",
              law(flops) * (1 + half)));
    }
    return ordered(
        "previous",
        "0".repeat(64),
        "time",
        "2026-03-01T10:03:58.114Z",
        "run",
        "java",
        "config_sha256",
        "ab".repeat(32),
        "metric",
        "heldout_bpb",
        "code_version",
        "0.1.0",
        "predicted",
        1.4201,
        "low",
        1.3712,
        "high",
        1.4694,
        "level",
        0.9,
        "target",
        ordered("flops", TARGET_FLOPS, "parameters", 1_187_840, "tokens", 4_915_200),
        "compute_ratio",
        24.04,
        "laws",
        laws(),
        "backtest",
        backtests(),
        "diagnostics",
        ordered(
            "warnings",
            List.of(
                "local slopes steepen from 0.091 to 0.107: these runs are not yet where"
                    + " L(C)=aC^b+c holds; the forecast leans on laws that bend",
                "no run is repeated with another seed: seed noise is assumed to be 0.40%")),
        "curve",
        curve,
        "ladder",
        ladder(),
        "assumptions",
        ordered("name", "small-runs"),
        "seal",
        "cd".repeat(32));
  }

  private static List<Object> laws() {
    return List.of(
        ordered(
            "form",
            "bent_power",
            "parameters",
            ordered("flops", 1.9e11, "loss", 2.41, "slope", -0.0931, "bend", 0.58),
            "predicted",
            1.4169,
            "weight",
            0.93,
            "residual",
            0.0038,
            "backtest_error",
            0.0091),
        ordered(
            "form",
            "power",
            "parameters",
            ordered("a", 27.31, "b", -0.0952, "c", 0.0),
            "predicted",
            1.5102,
            "weight",
            0.07,
            "residual",
            0.0103,
            "backtest_error",
            0.0287));
  }

  private static List<Object> backtests() {
    List<Object> rows = new ArrayList<>();
    for (int runs = 3; runs < 6; runs++) {
      for (int i = runs; i < 6; i++) {
        double actual = law(2.1e10 * Math.pow(2.4, i));
        double error = 0.004 * (i - runs + 1) * (i % 2 == 0 ? 1 : -1);
        rows.add(
            ordered(
                "runs",
                runs,
                "run",
                "dim-" + (16 + 8 * i) + "-seed-7",
                "compute_ratio",
                Math.pow(2.4, i - runs + 1),
                "predicted",
                actual * (1 + error),
                "low",
                actual * (1 + error - 0.02),
                "high",
                actual * (1 + error + 0.02),
                "actual",
                actual,
                "relative_error",
                error,
                "inside",
                true));
      }
    }
    return rows;
  }

  private static List<Object> metrics() {
    Random random = new Random(2);
    List<Object> lines = new ArrayList<>();
    for (int step = 1; step <= 2400; step++) {
      double loss = 2.7 + 4.9 * Math.pow(1 + step / 60.0, -0.9) + 0.12 * random.nextGaussian();
      lines.add(
          ordered(
              "step",
              step,
              "tokens",
              step * 2048L,
              "flops",
              TARGET_FLOPS * step / 2400,
              "loss",
              loss,
              "learning_rate",
              0.003,
              "grad_norm",
              0.8,
              "tokens_per_second",
              16_800.0,
              "seconds",
              step * 0.122,
              "time",
              "2026-03-01T10:04:12Z"));
      if (step % 200 == 0) {
        double heldout = 2.8 + 4.9 * Math.pow(1 + step / 60.0, -0.9);
        lines.add(ordered("step", step, "heldout_loss", heldout, "heldout_bpb", heldout * 0.512));
      }
    }
    return lines;
  }

  private static Map<String, Object> ledger() {
    return ordered(
        "sources",
        List.of(
            ordered(
                "name",
                "src.zip",
                "licence",
                "GPL-2.0-only WITH Classpath-exception-2.0",
                "origin",
                "src.zip",
                "documents",
                17_204,
                "bytes",
                181_402_113,
                "tokens",
                48_204_551,
                "sha256",
                "ef".repeat(32),
                "dropped",
                ordered("duplicate", ordered("count", 212, "bytes", 1_204_113), "not_utf8", 3))));
  }

  private static List<Object> samples() {
    return List.of(
        ordered(
            "prompt",
            "    public static <T> List<T> copyOf(Collection<? extends T> c) {\n",
            "text",
            "        if (c == null) {\n            throw new NullPointerException();\n"
                + "        }\n        return new ArrayList<>(c);\n    }\n",
            "temperature",
            0.7),
        ordered(
            "prompt", "/**\n * Returns the number of",
            "text", " elements in this list.\n *\n * @return the number of elements\n */\n",
            "temperature", 0.7));
  }

  private static void write(Path file, List<Object> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(Json.line(line)).append('\n'));
    AtomicFiles.writeString(file, text.toString());
  }
}

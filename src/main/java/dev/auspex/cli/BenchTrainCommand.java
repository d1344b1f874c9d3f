package dev.auspex.cli;

import dev.auspex.io.Json;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.tensor.SelfCheck;
import dev.auspex.tensor.Torch;
import dev.auspex.train.SpeedProbe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `auspex bench train`: training steps of a 6.9 M-parameter decoder beside PyTorch, eager and
/// compiled, in the same run. The peer is `bench/peer_train.py`; where it cannot run, its rows are
/// left out and said to be.
@Command(
    name = "train",
    description = "Tokens per second of a training step, beside PyTorch in Python.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  auspex bench train --steps 20 --python python3"})
final class BenchTrainCommand implements Callable<Integer> {
  private static final GptConfig SHAPE =
      new GptConfig(4096, 256, 256, 6, 4, 4, 64, 704, 10000, 1e-5, false, false, new Mup(256, 6));
  private static final int BATCH = 16;
  private static final double FALL = 0.3;

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--steps", description = "Steps measured of each engine (default: 20).")
  private int steps = 20;

  @Option(names = "--python", description = "Python with PyTorch (default: python3).")
  private String python = "python3";

  @Override
  public Integer call() {
    Threads.use(0);
    SpeedProbe.Rate ours = SpeedProbe.adamW(SHAPE, BATCH, steps);
    if (!(ours.lastLoss() < ours.firstLoss() - FALL)) {
      throw new IllegalStateException("the loss must fall on a repeated batch: " + ours);
    }
    double eager = peer("--no-compile");
    double compiled = peer("--compile");
    List<Map<String, Object>> rows = new ArrayList<>();
    addRow(rows, "auspex", ours.tokensPerSecond(), ours.tokensPerSecond());
    addRow(rows, "pytorch eager", eager, ours.tokensPerSecond());
    addRow(rows, "pytorch compile", compiled, ours.tokensPerSecond());
    rows.forEach(row -> output.human().println(row));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("rows", rows);
    document.put(
        "machine", Map.of("threads", Torch.threads(), "matmul_gflops", SelfCheck.matmulGflops()));
    BenchHistory.append("train", document);
    output.print(document);
    return 0;
  }

  /// Adds a row with our speed over the engine's as its ratio; none for an engine that did not run.
  private static void addRow(
      List<Map<String, Object>> rows, String engine, double rate, double ours) {
    if (Double.isNaN(rate)) {
      return;
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("shape", "6.9M dim 256 layers 6 vocab 4096 T 256 B 16");
    row.put("engine", engine);
    row.put("dtype", "bf16");
    row.put("value", rate);
    row.put("unit", "tokens/s");
    row.put("ratio", ours / rate);
    rows.add(row);
  }

  private double peer(String mode) {
    Path script = BenchHistory.folder().resolve("peer_train.py");
    List<String> command =
        List.of(python, script.toString(), "--dtype", "bf16", "--steps", "" + steps, mode);
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      JsonNode node = Json.MAPPER.readTree(text.lines().reduce("{}", (_, last) -> last));
      double rate = node.path("tokens_per_second").asDouble(Double.NaN);
      if (Double.isNaN(rate)) {
        output.human().println("PyTorch " + mode + " did not run; its row is left out");
      }
      return rate;
    } catch (IOException | JacksonException e) {
      output.human().println("PyTorch " + mode + " did not run: " + e.getMessage());
      return Double.NaN;
    }
  }
}

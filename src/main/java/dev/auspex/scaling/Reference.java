package dev.auspex.scaling;

import dev.auspex.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// A finished family of runs, ladder and target, whose curve another one may resemble: the same
/// recipe on another text.
///
/// @param name where it was read
/// @param flops amounts of compute, ascending
/// @param losses geometric mean of the runs at each, bits per byte
public record Reference(String name, List<Double> flops, List<Double> losses) {
  private static final String METRIC = "heldout_bpb";
  private static final int FEWEST = 4;
  private static final double BEYOND = Math.log(2);

  public Reference {
    flops = List.copyOf(flops);
    losses = List.copyOf(losses);
    if (flops.size() < FEWEST) {
      throw new ScalingException(
          "reference (%s) must hold runs of at least %d amounts of compute, it holds %d; name a folder of a ladder and its finished target"
              .formatted(name, FEWEST, flops.size()));
    }
  }

  /// Reads the runs of a file, or the ladder and the target of a run folder.
  static Reference read(Path path) {
    boolean folder = Files.isDirectory(path);
    List<Observation> runs =
        new ArrayList<>(RunTable.observations(folder ? path.resolve("ladder.jsonl") : path));
    if (folder) {
      double loss =
          new RunFolder(path)
              .result(METRIC)
              .orElseThrow(
                  () ->
                      new ScalingException(
                          "reference (%s) must hold the result.json of a finished target"
                              .formatted(path)));
      JsonNode result = Json.readTree(path.resolve("result.json"));
      runs.add(new Observation("target", result.path("flops").asDouble(0), 0, 0, loss, 0));
    }
    return of(path.toString(), runs);
  }

  static Reference of(String name, List<Observation> runs) {
    Map<Double, List<Double>> logs = new TreeMap<>();
    for (Observation run : runs) {
      logs.computeIfAbsent(run.flops(), _ -> new ArrayList<>()).add(Math.log(run.loss()));
    }
    List<Double> losses =
        logs.values().stream()
            .map(all -> Math.exp(all.stream().mapToDouble(x -> x).average().orElseThrow()))
            .toList();
    return new Reference(name, List.copyOf(logs.keySet()), losses);
  }

  /// Whether it can speak about a run of that compute.
  boolean covers(double at) {
    return logLoss(at).isPresent();
  }

  /// Log loss at an amount of compute, on straight lines between neighbours in logs, which go on to
  /// half of the smallest run and twice the largest; nothing beyond.
  OptionalDouble logLoss(double at) {
    double x = Math.log(at);
    int last = flops.size() - 1;
    if (x < Math.log(flops.getFirst()) - BEYOND || x > Math.log(flops.get(last)) + BEYOND) {
      return OptionalDouble.empty();
    }
    int i = 1;
    while (i < last && flops.get(i) < at) {
      i++;
    }
    double from = Math.log(flops.get(i - 1));
    double share = (x - from) / (Math.log(flops.get(i)) - from);
    return OptionalDouble.of(
        (1 - share) * Math.log(losses.get(i - 1)) + share * Math.log(losses.get(i)));
  }
}

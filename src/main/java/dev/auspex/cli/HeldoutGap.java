package dev.auspex.cli;

import dev.auspex.run.MetricsLog;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.Observation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// How far held-out loss lies above training loss at the end of the runs of a ladder, as a share.
///
/// Near zero at every size where held-out text is of one kind with training and training reads
/// each text once. Where it grows with compute, held-out loss falls more slowly than training loss,
/// and no law fitted to the small runs foretells by how much.
///
/// @param byFlops mean share of the runs of each amount of compute
record HeldoutGap(TreeMap<Double, Double> byFlops) {
  private static final int LEAST_STEPS = 10;
  private static final int PART = 20;
  private static final double MUCH = 0.01;

  /// The gaps of a ladder's runs, as far as their metrics are there.
  static HeldoutGap of(Path root, List<Observation> ladder) {
    Map<Double, List<Double>> shares = new TreeMap<>();
    for (Observation run : ladder) {
      at(LadderRunner.folder(root, run.name()))
          .ifPresent(
              share -> shares.computeIfAbsent(run.flops(), _ -> new ArrayList<>()).add(share));
    }
    TreeMap<Double, Double> means = new TreeMap<>();
    shares.forEach(
        (flops, all) ->
            means.put(flops, all.stream().mapToDouble(x -> x).average().orElse(Double.NaN)));
    return new HeldoutGap(means);
  }

  /// The gap of one finished run: its last held-out loss beside the mean training loss of its last
  /// twentieth.
  static OptionalDouble at(RunFolder run) {
    List<JsonNode> lines = MetricsLog.read(run.metrics());
    List<Double> training = values(lines, "loss");
    List<Double> heldout = values(lines, "heldout_loss");
    if (training.isEmpty() || heldout.isEmpty()) {
      return OptionalDouble.empty();
    }
    int last = Math.min(training.size(), Math.max(LEAST_STEPS, training.size() / PART));
    double end =
        training.subList(training.size() - last, training.size()).stream()
            .mapToDouble(x -> x)
            .average()
            .orElseThrow();
    return OptionalDouble.of(heldout.getLast() / end - 1);
  }

  private static List<Double> values(List<JsonNode> lines, String key) {
    return lines.stream()
        .filter(line -> line.has(key))
        .map(line -> line.get(key).asDouble())
        .toList();
  }

  /// Whether it grows from the smallest runs to the largest by more than one percent of the loss.
  boolean widens() {
    return byFlops.size() > 1
        && byFlops.lastEntry().getValue() - byFlops.firstEntry().getValue() > MUCH;
  }

  /// The gaps in one line, such as `+0.1% at 1.7e+11 FLOPs, +0.2% at 3.5e+11`.
  @Override
  public String toString() {
    if (byFlops.isEmpty()) {
      return "not known";
    }
    return byFlops.entrySet().stream()
        .map(e -> String.format(Locale.ROOT, "%+.1f%% at %.1e", 100 * e.getValue(), e.getKey()))
        .collect(Collectors.joining(", "))
        .replaceFirst("(,|$)", " FLOPs$1");
  }
}

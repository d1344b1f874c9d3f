package dev.auspex.scaling;

import java.util.Comparator;
import java.util.List;

/// What the laws ask of a list of runs.
final class Runs {
  private Runs() {}

  /// A copy ordered by compute, then name and seed, so results do not depend on the input's order.
  static List<Observation> sorted(List<Observation> runs) {
    return runs.stream()
        .sorted(
            Comparator.comparingDouble(Observation::flops)
                .thenComparing(Observation::name)
                .thenComparingLong(Observation::seed)
                .thenComparingDouble(Observation::loss))
        .toList();
  }

  /// Compute of the largest run, in FLOPs.
  static double largestFlops(List<Observation> runs) {
    return runs.stream().mapToDouble(Observation::flops).max().orElseThrow();
  }

  /// Compute of the smallest run, in FLOPs.
  static double smallestFlops(List<Observation> runs) {
    return runs.stream().mapToDouble(Observation::flops).min().orElseThrow();
  }

  /// Mean of log compute.
  static double meanLogFlops(List<Observation> runs) {
    return runs.stream().mapToDouble(run -> Math.log(run.flops())).average().orElseThrow();
  }

  /// Mean of log loss.
  static double meanLogLoss(List<Observation> runs) {
    return runs.stream().mapToDouble(run -> Math.log(run.loss())).average().orElseThrow();
  }

  /// How many different amounts of compute there are, 5% apart or more.
  static int numLevels(List<Observation> runs) {
    int levels = 0;
    double last = 0;
    for (Observation run : sorted(runs)) {
      if (run.flops() > last * 1.05) {
        levels++;
        last = run.flops();
      }
    }
    return levels;
  }
}

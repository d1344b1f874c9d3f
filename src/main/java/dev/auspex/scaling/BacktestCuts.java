package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// How a ladder is cut into smaller runs and the larger ones they must foretell.
///
/// By compute, with 8 and 26 times less than the largest run; by size, without the largest and
/// without the two largest. Where no such cut leaves four runs of three amounts of compute, the
/// largest amount alone is held out.
final class BacktestCuts {
  private static final double[] RATIOS = {8, 26};
  private static final double APART = 1.5;
  private static final double SAME = 1.01;
  private static final int FEWEST = 4;
  private static final int LEVELS = 3;

  /// Smaller runs and larger ones.
  record Cut(List<TaskData.Run> smaller, List<TaskData.Run> larger) {
    Cut {
      smaller = List.copyOf(smaller);
      larger = List.copyOf(larger);
    }
  }

  private BacktestCuts() {}

  /// The cuts of `runs`, which are ordered by compute.
  static List<Cut> of(List<TaskData.Run> runs) {
    Set<Cut> cuts = new LinkedHashSet<>();
    double most = runs.getLast().point().flops();
    for (double ratio : RATIOS) {
      add(
          cuts,
          runs,
          run -> run.point().flops() <= SAME * most / ratio,
          run -> run.point().flops() >= APART * most / ratio);
    }
    if (runs.stream().allMatch(run -> run.point().sized())) {
      List<Double> sizes =
          runs.stream().map(run -> run.point().parameters()).distinct().sorted().toList();
      for (int without = 1; without <= 2 && sizes.size() - without >= 2; without++) {
        double limit = sizes.get(sizes.size() - 1 - without);
        add(
            cuts,
            runs,
            run -> run.point().parameters() <= limit,
            run -> run.point().parameters() > limit);
      }
    }
    if (cuts.isEmpty()) {
      add(
          cuts,
          runs,
          run -> run.point().flops() < most / SAME,
          run -> run.point().flops() >= most / SAME);
    }
    return new ArrayList<>(cuts);
  }

  private static void add(
      Set<Cut> cuts,
      List<TaskData.Run> runs,
      Predicate<TaskData.Run> small,
      Predicate<TaskData.Run> large) {
    List<TaskData.Run> smaller = runs.stream().filter(small).toList();
    List<TaskData.Run> larger = runs.stream().filter(large).toList();
    long levels = smaller.stream().mapToLong(BacktestCuts::level).distinct().count();
    if (smaller.size() >= FEWEST && levels >= LEVELS && !larger.isEmpty()) {
      cuts.add(new Cut(smaller, larger));
    }
  }

  /// Compute to about 5%.
  private static long level(TaskData.Run run) {
    return Math.round(20 * Math.log(run.point().flops()));
  }
}

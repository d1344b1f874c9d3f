package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// Problems sorted into buckets by how hard small models find them, easiest first (GPT-4 Technical
/// Report, section 3.2). Sees no other model, so a bucket says nothing of those to be forecast.
///
/// @param buckets indices of problems in each bucket, easiest bucket first
/// @param dropped indices of the hardest problems, in no bucket
public record DifficultyBuckets(List<List<Integer>> buckets, List<Integer> dropped) {
  public DifficultyBuckets {
    buckets = buckets.stream().map(List::copyOf).toList();
    dropped = List.copyOf(dropped);
  }

  /// Sorts problems by the judges' mean cost and cuts them; equals stay in the order given.
  ///
  /// @param judges −log pass rate of each problem, one list a judge
  /// @param unsolved problems some judge did not pass as often as an estimate needs, whose cost is
  ///     therefore only known to be higher: the hardest, and dropped all of them
  /// @param count number of buckets
  /// @param dropShare share of problems dropped, rounded down, unsolved ones included
  public static DifficultyBuckets of(
      List<List<Double>> judges, Set<Integer> unsolved, int count, double dropShare) {
    int problems = judges.getFirst().size();
    int dropped = Math.max(unsolved.size(), (int) Math.floor(dropShare * problems + 1e-9));
    int kept = problems - dropped;
    if (kept < count) {
      throw new ScalingException(
          ("problems (%d after dropping %d, %d of them unsolved by a small model) must be at least"
                  + " the buckets (%d); ask more problems, or raise max_draws")
              .formatted(kept, dropped, unsolved.size(), count));
    }
    List<Integer> order =
        IntStream.range(0, problems)
            .boxed()
            .sorted(
                Comparator.<Integer, Boolean>comparing(unsolved::contains)
                    .thenComparingDouble(problem -> mean(judges, problem)))
            .toList();
    List<List<Integer>> buckets = new ArrayList<>();
    for (int bucket = 0; bucket < count; bucket++) {
      buckets.add(order.subList(kept * bucket / count, kept * (bucket + 1) / count));
    }
    return new DifficultyBuckets(buckets, order.subList(kept, problems));
  }

  private static double mean(List<List<Double>> judges, int problem) {
    return judges.stream().mapToDouble(costs -> costs.get(problem)).average().orElseThrow();
  }

  /// Mean cost of a bucket's problems.
  public static double mean(List<Double> costs, Iterable<Integer> bucket) {
    double sum = 0;
    int count = 0;
    for (int problem : bucket) {
      sum += costs.get(problem);
      count++;
    }
    return sum / count;
  }
}

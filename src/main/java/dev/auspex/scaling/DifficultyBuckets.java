package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
  /// @param count number of buckets
  /// @param dropShare share of problems dropped, rounded down
  public static DifficultyBuckets of(List<List<Double>> judges, int count, double dropShare) {
    int problems = judges.getFirst().size();
    int kept = problems - (int) Math.floor(dropShare * problems + 1e-9);
    if (kept < count) {
      throw new ScalingException(
          "problems (%d after dropping the hardest) must be at least the buckets (%d)"
              .formatted(kept, count));
    }
    List<Integer> order =
        IntStream.range(0, problems)
            .boxed()
            .sorted(Comparator.comparingDouble(problem -> mean(judges, problem)))
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

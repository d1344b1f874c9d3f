package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Forecasts mean log pass rate bucket by bucket: −E[log pass rate] = α·C^−k in each, with the
/// intervals of {@link Forecaster} (GPT-4 Technical Report, section 3.2; PassUntil, arXiv
/// 2310.03262). Knows the ladder and the target's size, nothing of its outcome.
public final class CapabilityForecaster {
  /// The metric: the mean of −log pass rate over a bucket, in nats; at least 0, less is better.
  public static final String METRIC = "neg_mean_log_pass";

  private final CapabilityConfig config;

  /// @param config the rule
  public CapabilityForecaster(CapabilityConfig config) {
    this.config = config;
  }

  /// A model of the ladder, examined.
  ///
  /// @param run the finished run
  /// @param costs −log pass rate of each problem, in the order all runs share
  public record Graded(Observation run, List<Double> costs) {
    public Graded {
      costs = List.copyOf(costs);
    }
  }

  /// A bucket's forecast.
  ///
  /// @param bucket number, from 1, easiest first
  /// @param problems indices of its problems
  /// @param forecast of the mean cost
  public record BucketForecast(int bucket, List<Integer> problems, Forecast forecast) {
    public BucketForecast {
      problems = List.copyOf(problems);
    }

    /// The bucket's name in the register and in the run folder.
    public String part() {
      return part(bucket);
    }

    /// The name of bucket `number`.
    public static String part(int number) {
      return "capability/bucket-" + number;
    }
  }

  /// All buckets, and the problems in none.
  public record Buckets(List<BucketForecast> buckets, List<Integer> dropped) {
    public Buckets {
      buckets = List.copyOf(buckets);
      dropped = List.copyOf(dropped);
    }
  }

  /// Sorts the problems and forecasts every bucket.
  public Buckets forecast(List<Graded> ladder, Target target) {
    DifficultyBuckets sorted =
        DifficultyBuckets.of(judges(ladder), config.buckets(), config.dropShare());
    Forecaster forecaster = new Forecaster(config.assumptions());
    List<BucketForecast> forecasts = new ArrayList<>();
    for (List<Integer> problems : sorted.buckets()) {
      int number = forecasts.size() + 1;
      List<Observation> runs =
          ladder.stream()
              .map(
                  graded -> graded.run().withLoss(DifficultyBuckets.mean(graded.costs(), problems)))
              .toList();
      try {
        forecasts.add(
            new BucketForecast(
                number, problems, forecaster.forecast(runs, target, config.level())));
      } catch (ScalingException e) {
        throw new ScalingException("bucket %d: %s".formatted(number, e.getMessage()));
      }
    }
    return new Buckets(forecasts, sorted.dropped());
  }

  /// The costs of the runs at the smallest amounts of compute.
  private List<List<Double>> judges(List<Graded> ladder) {
    List<Double> amounts =
        ladder.stream().map(graded -> graded.run().flops()).distinct().sorted().toList();
    double most = amounts.get(Math.min(config.judges(), amounts.size()) - 1);
    return ladder.stream()
        .filter(graded -> graded.run().flops() <= most)
        .sorted(Comparator.comparing(graded -> graded.run().name()))
        .map(Graded::costs)
        .toList();
  }
}

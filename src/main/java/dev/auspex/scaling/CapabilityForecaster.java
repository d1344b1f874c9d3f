package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Forecasts mean log pass rate bucket by bucket (GPT-4 Technical Report, section 3.2). Knows the
/// ladder and the target's size, nothing of its outcome.
///
/// Each bucket is forecast by all forms of {@link PassForm}, weighed by back-tests inside the
/// ladder, half its own and half all buckets'. Runs that judged difficulty take no part in the fit
/// where others of their size can: a problem that one run found hard by chance looks easier to the
/// next, and a bucket would seem to learn.
public final class CapabilityForecaster {
  /// The metric: the mean of −log pass rate over a bucket, in nats; at least 0, less is better.
  public static final String METRIC = "neg_mean_log_pass";

  private static final int FEWEST_LEVELS = 3;

  private final CapabilityConfig config;

  /// @param config the rule
  public CapabilityForecaster(CapabilityConfig config) {
    this.config = config;
  }

  /// A model of the ladder, examined.
  ///
  /// @param run the finished run, with its loss on text
  /// @param costs −log pass rate of each problem, in the order all runs share
  /// @param capped problems whose sampling ended before enough draws had passed: their cost is only
  ///     a lower bound
  public record Graded(Observation run, List<Double> costs, Set<Integer> capped) {
    public Graded {
      costs = List.copyOf(costs);
      capped = Set.copyOf(capped);
    }

    /// Mean cost of some problems.
    double cost(Iterable<Integer> problems) {
      return DifficultyBuckets.mean(costs, problems);
    }
  }

  /// A bucket and its forecast.
  ///
  /// @param bucket number, from 1, easiest first
  /// @param problems indices of its problems
  /// @param forecast of the mean cost; null where the bucket cannot be forecast
  /// @param reason why it cannot; null where it can
  public record BucketForecast(
      int bucket, List<Integer> problems, @Nullable Forecast forecast, @Nullable String reason) {
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

  /// A back-test: larger runs, forecast from smaller ones.
  record Cut(List<Graded> smaller, List<Graded> larger, LossOutlook losses) {}

  /// Sorts the problems and forecasts every bucket that can be.
  public Buckets forecast(List<Graded> ladder, Target target) {
    Roles roles = Roles.of(ladder, config.judges());
    DifficultyBuckets sorted =
        DifficultyBuckets.of(
            roles.judges().stream().map(Graded::costs).toList(),
            roles.unsolved(),
            config.buckets(),
            config.dropShare());
    List<Graded> fitted = roles.fitted();
    requireLevels(fitted);
    List<Cut> cuts = cuts(fitted);
    LossOutlook losses = new LossOutlook(fitted, config);
    List<BucketFit> fits =
        sorted.buckets().stream()
            .map(problems -> new BucketFit(config, fitted, problems, cuts))
            .toList();
    Map<String, Double> pooled =
        Blend.pooled(fits.stream().map(fit -> Blend.squaredErrors(fit.tests())).toList());
    List<BucketForecast> forecasts = new ArrayList<>();
    for (BucketFit fit : fits) {
      String reason = fit.reasonAgainst().orElse(null);
      forecasts.add(
          new BucketForecast(
              forecasts.size() + 1,
              fit.problems(),
              reason == null ? fit.forecast(target, losses, pooled, roles.warnings()) : null,
              reason));
    }
    return new Buckets(forecasts, sorted.dropped());
  }

  private static void requireLevels(List<Graded> runs) {
    int levels = Runs.numLevels(runs.stream().map(Graded::run).toList());
    if (levels < FEWEST_LEVELS) {
      throw new ScalingException(
          "ladder (%d runs, %d different amounts of compute) must hold at least %d amounts; add runs"
              .formatted(runs.size(), levels, FEWEST_LEVELS));
    }
  }

  /// Without the largest amount of compute, the two largest, and so on.
  private List<Cut> cuts(List<Graded> runs) {
    List<Double> amounts = amounts(runs);
    List<Cut> cuts = new ArrayList<>();
    for (int kept = FEWEST_LEVELS; kept < amounts.size(); kept++) {
      double most = amounts.get(kept - 1);
      List<Graded> smaller = runs.stream().filter(run -> run.run().flops() <= most).toList();
      List<Graded> larger = runs.stream().filter(run -> run.run().flops() > most).toList();
      cuts.add(new Cut(smaller, larger, new LossOutlook(smaller, config)));
    }
    return cuts;
  }

  private static List<Double> amounts(List<Graded> runs) {
    return runs.stream().map(graded -> graded.run().flops()).distinct().sorted().toList();
  }

  /// Who judges difficulty and who is fitted.
  ///
  /// @param judges one run at each of the smallest amounts of compute
  /// @param fitted all others, and judges whose size was run only once
  /// @param unsolved problems on which a judge was cut off
  record Roles(
      List<Graded> judges, List<Graded> fitted, Set<Integer> unsolved, List<String> warnings) {
    static Roles of(List<Graded> ladder, int levels) {
      List<Graded> judges = new ArrayList<>();
      List<Graded> fitted = new ArrayList<>();
      Set<Integer> unsolved = new HashSet<>();
      List<String> both = new ArrayList<>();
      List<Double> amounts = amounts(ladder);
      for (double amount : amounts) {
        List<Graded> runs =
            ladder.stream()
                .filter(graded -> graded.run().flops() == amount)
                .sorted(
                    Comparator.comparingLong((Graded graded) -> graded.run().seed())
                        .thenComparing(graded -> graded.run().name()))
                .toList();
        if (amounts.indexOf(amount) >= levels) {
          fitted.addAll(runs);
          continue;
        }
        Graded judge = runs.getFirst();
        judges.add(judge);
        unsolved.addAll(judge.capped());
        fitted.addAll(runs.size() > 1 ? runs.subList(1, runs.size()) : runs);
        if (runs.size() == 1) {
          both.add(judge.run().name());
        }
      }
      List<String> warnings =
          both.isEmpty()
              ? List.of()
              : List.of(
                  "%s judged difficulty and are fitted too, which flatters the hard buckets;"
                          .formatted(String.join(" and ", both))
                      + " repeats=2 gives the fit runs of its own");
      return new Roles(judges, fitted, unsolved, warnings);
    }
  }
}

package dev.auspex.eval;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/// A mean over problems with its bootstrap interval: problems drawn anew with replacement (Efron
/// 1979), so it covers the choice of problems. Wilson's interval would be for counts; pass rates
/// here are probabilities.
///
/// @param score the mean
/// @param low lower end
/// @param high upper end
/// @param n problems
public record Summary(double score, double low, double high, int n) {
  private static final int RESAMPLES = 2000;

  /// The mean of `metric` with an interval of `level`.
  public static Summary of(
      List<Outcome> outcomes, ToDoubleFunction<Outcome> metric, double level, long seed) {
    double[] values = outcomes.stream().mapToDouble(metric).toArray();
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < values.length; j++) {
        sum += values[random.nextInt(values.length)];
      }
      means[i] = sum / values.length;
    }
    Arrays.sort(means);
    return new Summary(
        Arrays.stream(values).average().orElseThrow(),
        means[(int) Math.floor((1 - level) / 2 * (RESAMPLES - 1))],
        means[(int) Math.ceil((1 + level) / 2 * (RESAMPLES - 1))],
        values.length);
  }
}

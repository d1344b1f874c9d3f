package dev.auspex.eval;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// A mean over problems with its bootstrap interval: problems drawn anew with replacement (Efron
/// 1979), so it covers the choice of problems. Wilson's interval would be for counts; pass rates
/// here are probabilities.
///
/// @param score the mean
/// @param low lower end
/// @param high upper end
/// @param n problems, or windows of a text
public record Summary(double score, double low, double high, int n) {
  private static final int RESAMPLES = 2000;

  /// The mean of `metric` with an interval of `level`.
  public static Summary of(
      List<Outcome> outcomes, ToDoubleFunction<Outcome> metric, double level, long seed) {
    double[] values = outcomes.stream().mapToDouble(metric).toArray();
    return of(values.length, level, seed, drawn -> mean(values, drawn));
  }

  private static double mean(double[] values, int[] drawn) {
    double sum = 0;
    for (int i : drawn) {
      sum += values[i];
    }
    return sum / drawn.length;
  }

  /// A figure of the windows of a text with its interval.
  public static Summary ofText(
      List<TextExam.Window> windows,
      ToDoubleFunction<TextExam.Window> metric,
      double level,
      long seed) {
    return of(
        windows.size(),
        level,
        seed,
        drawn ->
            metric.applyAsDouble(
                TextExam.Window.sum(Arrays.stream(drawn).mapToObj(windows::get).toList())));
  }

  private static Summary of(int n, double level, long seed, ToDoubleFunction<int[]> figure) {
    int[] drawn = IntStream.range(0, n).toArray();
    double score = figure.applyAsDouble(drawn);
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      for (int j = 0; j < n; j++) {
        drawn[j] = random.nextInt(n);
      }
      means[i] = figure.applyAsDouble(drawn);
    }
    Arrays.sort(means);
    return new Summary(
        score,
        means[(int) Math.floor((1 - level) / 2 * (RESAMPLES - 1))],
        means[(int) Math.ceil((1 + level) / 2 * (RESAMPLES - 1))],
        n);
  }
}

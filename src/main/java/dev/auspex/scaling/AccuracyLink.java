package dev.auspex.scaling;

import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// How accuracy follows from a task's loss: step two of a two-step forecast (Bhagia et al. 2024,
/// arXiv 2412.04403).
///
/// Every form falls from a ceiling at loss 0 to a fitted floor, near chance, at a large loss. Given
/// steepness and midpoint, floor and ceiling are a linear problem, solved exactly, so the fit is a
/// two-dimensional search without a start value.
enum AccuracyLink {
  /// A logistic curve in the loss with ceiling 1.
  SIGMOID,
  /// A logistic curve in the logarithm of the loss: exactly 1 at loss 0.
  HILL,
  /// A logistic curve in the loss with a free ceiling, drawn to accuracy 1 at loss 0 by pseudo-data
  /// of a twentieth of the weight.
  IDEAL_SIGMOID;

  private static final int BINS = 64;
  private static final double IDEAL_SHARE = 0.05;
  private static final int COARSE = 28;
  private static final int ZOOMS = 12;

  /// The form's name in tables and JSON.
  String form() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Fits the curve by least squares.
  ///
  /// @param losses positive task losses
  /// @param accuracies accuracy at each, in [0, 1]
  Curve fit(double[] losses, double[] accuracies) {
    Bins bins = bins(losses, accuracies);
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double x : bins.places()) {
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    double span = Math.max(high - low, 1e-6);
    double[] best = {0, 0};
    double least = Double.POSITIVE_INFINITY;
    double steepnessReach = Math.log(60);
    double midpointReach = 2 * span;
    double steepness = Math.log(60 / span) - steepnessReach;
    double midpoint = low;
    for (int zoom = 0; zoom < ZOOMS; zoom++) {
      int count = zoom == 0 ? COARSE : 9;
      double centreK = zoom == 0 ? Math.log(4 / span) : steepness;
      double centreX = zoom == 0 ? low : midpoint;
      for (double k : Numbers.grid(centreK - steepnessReach, centreK + steepnessReach, count)) {
        for (double x : Numbers.grid(centreX - midpointReach, centreX + midpointReach, count)) {
          double[] ends = bins.ends(Math.exp(k), x, this != IDEAL_SIGMOID);
          if (ends[2] < least) {
            least = ends[2];
            best = ends;
            steepness = k;
            midpoint = x;
          }
        }
      }
      steepnessReach *= zoom == 0 ? 0.12 : 0.4;
      midpointReach *= zoom == 0 ? 0.12 : 0.4;
    }
    return new Curve(this, best[0], best[1], Math.exp(steepness), midpoint);
  }

  private Bins bins(double[] losses, double[] accuracies) {
    double[] places = new double[losses.length];
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < losses.length; i++) {
      places[i] = place(losses[i]);
      low = Math.min(low, places[i]);
      high = Math.max(high, places[i]);
    }
    double width = Math.max((high - low) / BINS, 1e-9);
    int extra = this == IDEAL_SIGMOID ? 1 : 0;
    double[] sumsX = new double[BINS + 1 + extra];
    double[] sumsA = new double[BINS + 1 + extra];
    double[] counts = new double[BINS + 1 + extra];
    for (int i = 0; i < losses.length; i++) {
      int bin = (int) Math.min(BINS, (places[i] - low) / width);
      sumsX[bin] += places[i];
      sumsA[bin] += accuracies[i];
      counts[bin]++;
    }
    if (extra == 1) {
      counts[BINS + 1] = Math.max(1, IDEAL_SHARE * losses.length);
      sumsA[BINS + 1] = counts[BINS + 1];
    }
    return Bins.of(sumsX, sumsA, counts);
  }

  private double place(double loss) {
    return this == HILL ? Math.log(loss) : loss;
  }

  /// A fitted curve.
  ///
  /// @param link its form
  /// @param floor accuracy at a large loss
  /// @param ceiling accuracy towards loss 0
  /// @param steepness of the logistic curve, per unit of loss or of log loss
  /// @param midpoint loss, or log loss, half-way between floor and ceiling
  record Curve(AccuracyLink link, double floor, double ceiling, double steepness, double midpoint) {
    /// Accuracy at `loss`.
    double accuracy(double loss) {
      return floor + (ceiling - floor) * logistic(steepness * (midpoint - link.place(loss)));
    }

    Map<String, Double> parameters() {
      return Numbers.ordered(
          "floor", floor, "ceiling", ceiling, "steepness", steepness, "midpoint", midpoint);
    }
  }

  private static double logistic(double z) {
    return 1 / (1 + Math.exp(-z));
  }

  /// Points pooled by loss, so that thousands of checkpoints cost no more than a few dozen.
  private record Bins(double[] places, double[] accuracies, double[] roots) {
    static Bins of(double[] sumsX, double[] sumsA, double[] counts) {
      int[] filled = IntStream.range(0, counts.length).filter(i -> counts[i] > 0).toArray();
      double[] places = new double[filled.length];
      double[] accuracies = new double[filled.length];
      double[] roots = new double[filled.length];
      for (int i = 0; i < filled.length; i++) {
        double count = counts[filled[i]];
        places[i] = sumsX[filled[i]] / count;
        accuracies[i] = sumsA[filled[i]] / count;
        roots[i] = Math.sqrt(count);
      }
      return new Bins(places, accuracies, roots);
    }

    /// Best `{floor, ceiling, squared residual}` for a steepness and midpoint.
    double[] ends(double steepness, double midpoint, boolean ceilingIsOne) {
      double[] below = new double[places.length];
      double[] above = new double[places.length];
      for (int i = 0; i < places.length; i++) {
        double share = logistic(steepness * (midpoint - places[i]));
        above[i] = roots[i] * share;
        below[i] = roots[i] * (1 - share);
      }
      double[] both = {0, 1};
      if (!ceilingIsOne) {
        double[] values = new double[places.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = roots[i] * accuracies[i];
        }
        both = new LeastSquares(new double[][] {below, above}, values).nonNegative();
      }
      double ceiling = ceilingIsOne || both[1] > 1 ? 1 : both[1];
      double[] rest = new double[places.length];
      for (int i = 0; i < rest.length; i++) {
        rest[i] = roots[i] * accuracies[i] - ceiling * above[i];
      }
      LeastSquares problem = new LeastSquares(new double[][] {below}, rest);
      double[] floor = problem.nonNegative();
      return new double[] {floor[0], ceiling, problem.squaredResidual(floor)};
    }
  }
}

package dev.auspex.scaling;

/// A prediction with its interval, in the unit of the loss.
///
/// @param predicted the median
/// @param low lower end
/// @param high upper end
public record Interval(double predicted, double low, double high) {
  public Interval {
    if (!(low <= predicted && predicted <= high)) {
      throw new IllegalArgumentException(
          "low %s, predicted %s, high %s must be in order".formatted(low, predicted, high));
    }
  }

  /// Whether `actual` lies inside, ends included.
  public boolean contains(double actual) {
    return low <= actual && actual <= high;
  }

  /// Half the width as a share of the prediction.
  public double relativeHalfWidth() {
    return (high - low) / 2 / predicted;
  }

  /// The interval of `level` of a distribution of log loss, stretched about its median.
  static Interval of(Mixture mixture, double level, double stretch) {
    double median = mixture.quantile(0.5);
    double low = mixture.quantile((1 - level) / 2);
    double high = mixture.quantile((1 + level) / 2);
    return new Interval(
        Math.exp(median),
        Math.exp(median + stretch * (low - median)),
        Math.exp(median + stretch * (high - median)));
  }
}

package dev.auspex.scaling;

import java.util.List;

/// A power of size, fitted by weighted least squares of logarithms: how a quantity moves with size.
///
/// @param slope exponent; 0 is flat
/// @param error standard error of the slope; 0 where values came without errors
/// @param factor by which the quantity changes from the smallest to the largest size
public record Trend(double slope, double error, double factor) {
  /// One measured value.
  ///
  /// @param size above 0
  /// @param value above 0
  /// @param error standard error of its logarithm; 0 for every point or for none
  public record Point(double size, double value, double error) {}

  /// What a trend amounts to.
  public enum Verdict {
    /// Within the tolerance.
    FLAT,
    /// Beyond the tolerance, but within two standard errors of no trend at all.
    UNCLEAR,
    /// Beyond the tolerance.
    DRIFTS
  }

  /// Fits points of at least two sizes. Errors are widened where the points scatter more than they
  /// say.
  public static Trend of(List<Point> points) {
    double weights = 0;
    double meanX = 0;
    double meanY = 0;
    for (Point point : points) {
      double weight = weight(point);
      weights += weight;
      meanX += weight * Math.log(point.size);
      meanY += weight * Math.log(point.value);
    }
    meanX /= weights;
    meanY /= weights;
    double xx = 0;
    double xy = 0;
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (Point point : points) {
      double x = Math.log(point.size) - meanX;
      xx += weight(point) * x * x;
      xy += weight(point) * x * (Math.log(point.value) - meanY);
      least = Math.min(least, point.size);
      most = Math.max(most, point.size);
    }
    double slope = xy / xx;
    double scatter = 0;
    for (Point point : points) {
      double rest = Math.log(point.value) - meanY - slope * (Math.log(point.size) - meanX);
      scatter += weight(point) * rest * rest;
    }
    boolean known = points.stream().allMatch(point -> point.error > 0);
    double widening = points.size() > 2 ? Math.max(1, scatter / (points.size() - 2)) : 1;
    double error = known ? Math.sqrt(widening / xx) : 0;
    return new Trend(slope, error, Math.pow(most / least, slope));
  }

  private static double weight(Point point) {
    return point.error > 0 ? 1 / (point.error * point.error) : 1;
  }

  /// Judges the slope.
  public Verdict verdict(double tolerance) {
    if (Math.abs(slope) <= tolerance) {
      return Verdict.FLAT;
    }
    return Math.abs(slope) > 2 * error ? Verdict.DRIFTS : Verdict.UNCLEAR;
  }
}

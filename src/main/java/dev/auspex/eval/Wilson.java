package dev.auspex.eval;

/// Wilson's interval for a share (Wilson 1927), at 95%.
///
/// @param score right over asked
/// @param low lower end
/// @param high upper end
/// @param n asked
public record Wilson(double score, double low, double high, long n) {
  private static final double Z = 1.959963984540054;

  /// @param right how many were right, of `n`; at least one asked
  public static Wilson of(long right, long n) {
    if (n < 1 || right < 0 || right > n) {
      throw new IllegalArgumentException("right of n: expected 0 to n, got " + right + " of " + n);
    }
    double p = (double) right / n;
    double square = Z * Z / n;
    double middle = (p + square / 2) / (1 + square);
    double half = Z * Math.sqrt(p * (1 - p) / n + square / (4 * n)) / (1 + square);
    return new Wilson(p, Math.clamp(middle - half, 0, p), Math.clamp(middle + half, p, 1), n);
  }
}

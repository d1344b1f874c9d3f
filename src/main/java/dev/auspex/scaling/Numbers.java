package dev.auspex.scaling;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/// Small numeric tools the laws share: even grids, golden-section search, ordered maps.
final class Numbers {
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  private Numbers() {}

  /// `count` evenly spaced values from `low` to `high`, both included.
  static double[] grid(double low, double high, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = low + (high - low) * i / (count - 1);
    }
    return values;
  }

  /// The argument in `[low, high]` where `f`, assumed to have one minimum there, is least.
  static double minimise(DoubleUnaryOperator f, double low, double high) {
    double a = low;
    double b = high;
    double x1 = b - GOLDEN * (b - a);
    double x2 = a + GOLDEN * (b - a);
    double f1 = f.applyAsDouble(x1);
    double f2 = f.applyAsDouble(x2);
    for (int i = 0; i < 90 && b - a > 1e-12; i++) {
      if (f1 <= f2) {
        b = x2;
        x2 = x1;
        f2 = f1;
        x1 = b - GOLDEN * (b - a);
        f1 = f.applyAsDouble(x1);
      } else {
        a = x1;
        x1 = x2;
        f1 = f2;
        x2 = a + GOLDEN * (b - a);
        f2 = f.applyAsDouble(x2);
      }
    }
    return (a + b) / 2;
  }

  /// Where `f` is least over all of `grid`, refined within the neighbouring grid cells.
  ///
  /// Every local minimum of the grid is refined, so a second valley is not overlooked.
  static double minimiseOver(DoubleUnaryOperator f, double[] grid) {
    double[] values = new double[grid.length];
    for (int i = 0; i < grid.length; i++) {
      values[i] = f.applyAsDouble(grid[i]);
    }
    double best = grid[0];
    double least = values[0];
    for (int i = 0; i < grid.length; i++) {
      boolean valley =
          (i == 0 || values[i] <= values[i - 1])
              && (i == grid.length - 1 || values[i] <= values[i + 1]);
      if (!valley) {
        continue;
      }
      double refined =
          minimise(f, grid[Math.max(0, i - 1)], grid[Math.min(grid.length - 1, i + 1)]);
      for (double candidate : new double[] {refined, grid[i]}) {
        double value = f.applyAsDouble(candidate);
        if (value < least) {
          least = value;
          best = candidate;
        }
      }
    }
    return best;
  }

  /// A map that keeps the order of `pairs`: name, value, name, value.
  static Map<String, Double> ordered(Object... pairs) {
    Map<String, Double> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], (Double) pairs[i + 1]);
    }
    return Collections.unmodifiableMap(map);
  }
}

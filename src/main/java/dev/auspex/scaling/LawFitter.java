package dev.auspex.scaling;

import dev.auspex.scaling.ScalingLaw.DriftingPowerLaw;
import dev.auspex.scaling.ScalingLaw.PowerLaw;
import java.util.List;

/// Fits laws to finished runs; deterministic, no starting point to choose.
///
/// `a C^b + c` by variable projection (Golub and Pereyra 1973): for each exponent `b` the best
/// `a >= 0` and `c >= 0` follow from linear least squares in relative error, and `b` is searched on
/// a grid and then refined. The drifting law is linear in its parameters.
public final class LawFitter {
  private static final double MIN_EXPONENT = -1.5;
  private static final double MAX_EXPONENT = -0.005;
  private static final int GRID = 600;
  private static final int REFINEMENTS = 80;

  private LawFitter() {}

  /// The power law with the smallest squared relative error.
  public static PowerLaw powerLaw(List<Observation> runs) {
    requireSizes(runs, 2);
    double pivot = pivot(runs);
    double best = MIN_EXPONENT;
    for (int i = 0; i <= GRID; i++) {
      double b = MIN_EXPONENT + (MAX_EXPONENT - MIN_EXPONENT) * i / GRID;
      if (project(runs, pivot, b).error < project(runs, pivot, best).error) {
        best = b;
      }
    }
    double step = (MAX_EXPONENT - MIN_EXPONENT) / GRID;
    double low = Math.max(MIN_EXPONENT, best - step);
    double high = Math.min(MAX_EXPONENT, best + step);
    for (int i = 0; i < REFINEMENTS; i++) {
      double left = low + (high - low) / 3;
      double right = high - (high - low) / 3;
      if (project(runs, pivot, left).error <= project(runs, pivot, right).error) {
        high = right;
      } else {
        low = left;
      }
    }
    Projection fit = project(runs, pivot, (low + high) / 2);
    return new PowerLaw(fit.a * Math.pow(pivot, -fit.b), fit.b, fit.c);
  }

  private record Projection(double a, double b, double c, double error) {}

  /// Best non-negative `a`, `c` for one exponent, errors relative to the observed loss.
  private static Projection project(List<Observation> runs, double pivot, double b) {
    double uu = 0;
    double uv = 0;
    double vv = 0;
    double u1 = 0;
    double v1 = 0;
    for (Observation run : runs) {
      double u = Math.pow(run.flops() / pivot, b) / run.loss();
      double v = 1 / run.loss();
      uu += u * u;
      uv += u * v;
      vv += v * v;
      u1 += u;
      v1 += v;
    }
    double determinant = uu * vv - uv * uv;
    double a = determinant > 0 ? (u1 * vv - v1 * uv) / determinant : 0;
    double c = determinant > 0 ? (v1 * uu - u1 * uv) / determinant : -1;
    if (c < 0) {
      c = 0;
      a = u1 / uu;
    } else if (a < 0) {
      a = 0;
      c = v1 / vv;
    }
    double error = 0;
    for (Observation run : runs) {
      double relative = (a * Math.pow(run.flops() / pivot, b) + c) / run.loss() - 1;
      error += relative * relative;
    }
    return new Projection(a, b, c, error);
  }

  /// The drifting power law by ridge regression: the drift is pulled towards zero as if it had been
  /// seen there with standard deviation `driftPrior`, against noise `noise` in `ln L`.
  public static DriftingPowerLaw drifting(
      List<Observation> runs, double noise, double driftPrior) {
    requireSizes(runs, 2);
    double pivot = pivot(runs);
    double[][] normal = new double[3][4];
    for (Observation run : runs) {
      double x = Math.log(run.flops() / pivot);
      double[] row = {1, x, x * x};
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          normal[i][j] += row[i] * row[j];
        }
        normal[i][3] += row[i] * Math.log(run.loss());
      }
    }
    normal[2][2] += noise * noise / (driftPrior * driftPrior);
    double[] solution = solve(normal);
    return new DriftingPowerLaw(solution[0], solution[1], solution[2], pivot);
  }

  /// Gaussian elimination with pivoting on `[A | y]`.
  private static double[] solve(double[][] system) {
    int n = system.length;
    for (int column = 0; column < n; column++) {
      int largest = column;
      for (int row = column + 1; row < n; row++) {
        if (Math.abs(system[row][column]) > Math.abs(system[largest][column])) {
          largest = row;
        }
      }
      double[] swap = system[column];
      system[column] = system[largest];
      system[largest] = swap;
      for (int row = 0; row < n; row++) {
        if (row != column) {
          double factor = system[row][column] / system[column][column];
          for (int k = column; k <= n; k++) {
            system[row][k] -= factor * system[column][k];
          }
        }
      }
    }
    double[] solution = new double[n];
    for (int i = 0; i < n; i++) {
      solution[i] = system[i][n] / system[i][i];
    }
    return solution;
  }

  /// Geometric mean of the compute.
  private static double pivot(List<Observation> runs) {
    return Math.exp(runs.stream().mapToDouble(run -> Math.log(run.flops())).average().orElseThrow());
  }

  private static void requireSizes(List<Observation> runs, int least) {
    long sizes = runs.stream().mapToDouble(Observation::flops).distinct().count();
    if (sizes < least) {
      throw new ScalingException(
          "ladder (%d different sizes) must have at least %d; add runs".formatted(sizes, least));
    }
  }
}

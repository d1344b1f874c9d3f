package dev.auspex.scaling;

import java.util.Arrays;

/// Exact least squares with one to three non-negative coefficients.
///
/// The optimum is found by trying each subset of the columns, so no iteration can stop early.
/// Columns are given one array each; rows already carry their weights.
final class LeastSquares {
  private final double[][] columns;
  private final double[] values;
  private final double[][] normal;
  private final double[] moments;

  LeastSquares(double[][] columns, double[] values) {
    this.columns = columns;
    this.values = values;
    int size = columns.length;
    normal = new double[size][size];
    moments = new double[size];
    for (int i = 0; i < size; i++) {
      moments[i] = dot(columns[i], values);
      for (int j = 0; j < size; j++) {
        normal[i][j] = dot(columns[i], columns[j]);
      }
    }
  }

  /// Coefficients ≥ 0 of least squared residual.
  double[] nonNegative() {
    int size = columns.length;
    double[] best = new double[size];
    double least = squaredResidual(best);
    for (int subset = 1; subset < 1 << size; subset++) {
      double[] candidate = solveSubset(subset);
      if (Arrays.stream(candidate).allMatch(c -> c >= 0)) {
        double residual = squaredResidual(candidate);
        if (residual < least) {
          least = residual;
          best = candidate;
        }
      }
    }
    return best;
  }

  /// Coefficients of least squared residual, of any sign.
  double[] unconstrained() {
    return solveSubset((1 << columns.length) - 1);
  }

  /// Sum of squared residuals at `coefficients`.
  double squaredResidual(double[] coefficients) {
    double sum = 0;
    for (int row = 0; row < values.length; row++) {
      double residual = -values[row];
      for (int i = 0; i < columns.length; i++) {
        residual += coefficients[i] * columns[i][row];
      }
      sum += residual * residual;
    }
    return sum;
  }

  /// Determinant of the normal matrix; 0 where the columns do not tell the coefficients apart.
  double determinant() {
    return determinant(normal);
  }

  /// Variance of `gradient · coefficients` for unit noise.
  double variance(double[] gradient) {
    double[] solved = solve(normal, gradient);
    double sum = 0;
    for (int i = 0; i < solved.length; i++) {
      sum += solved[i] * gradient[i];
    }
    return Math.max(0, sum);
  }

  private double[] solveSubset(int subset) {
    int[] chosen = new int[Integer.bitCount(subset)];
    for (int i = 0, k = 0; i < columns.length; i++) {
      if ((subset >> i & 1) == 1) {
        chosen[k++] = i;
      }
    }
    double[][] matrix = new double[chosen.length][chosen.length];
    double[] right = new double[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      right[i] = moments[chosen[i]];
      for (int j = 0; j < chosen.length; j++) {
        matrix[i][j] = normal[chosen[i]][chosen[j]];
      }
    }
    double[] solved = solve(matrix, right);
    double[] all = new double[columns.length];
    for (int i = 0; i < chosen.length; i++) {
      all[chosen[i]] = solved[i];
    }
    return all;
  }

  /// Cramer's rule, up to three unknowns; not-a-number where singular, which no comparison accepts.
  private static double[] solve(double[][] matrix, double[] right) {
    int size = right.length;
    double whole = determinant(matrix);
    double[] solution = new double[size];
    for (int column = 0; column < size; column++) {
      double[][] replaced = new double[size][];
      for (int row = 0; row < size; row++) {
        replaced[row] = matrix[row].clone();
        replaced[row][column] = right[row];
      }
      solution[column] = determinant(replaced) / whole;
    }
    return solution;
  }

  private static double determinant(double[][] m) {
    return switch (m.length) {
      case 1 -> m[0][0];
      case 2 -> m[0][0] * m[1][1] - m[0][1] * m[1][0];
      case 3 ->
          m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
              - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
              + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
      default -> throw new IllegalArgumentException("one to three columns, got " + m.length);
    };
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}

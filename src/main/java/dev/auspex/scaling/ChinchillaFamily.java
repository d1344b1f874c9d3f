package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;

/// L(N, D) = E + A/N^α + B/D^β: a two-dimensional search over the exponents, the rest exact.
record ChinchillaFamily() implements LawFamily {
  private static final double LOWEST = 0.05;
  private static final double HIGHEST = 1.2;
  private static final int COARSE = 24;
  private static final int ZOOMS = 14;

  @Override
  public String form() {
    return Chinchilla.FORM;
  }

  @Override
  public int minRuns() {
    return 6;
  }

  @Override
  public int minBacktestRuns() {
    return 6;
  }

  @Override
  public boolean suits(List<Observation> runs) {
    if (!runs.stream().allMatch(Observation::sized)) {
      return false;
    }
    double[] ratios = runs.stream().mapToDouble(r -> r.tokens() / r.parameters()).toArray();
    double[] sizes = runs.stream().mapToDouble(Observation::parameters).toArray();
    return spread(ratios) >= 1.5 && spread(sizes) >= 1.5;
  }

  @Override
  public ScalingLaw fit(List<Observation> runs) {
    Axes axes = Axes.of(runs);
    double alpha = 0.3;
    double beta = 0.3;
    double least = Double.POSITIVE_INFINITY;
    for (double a : Numbers.grid(LOWEST, HIGHEST, 2 * COARSE)) {
      for (double b : Numbers.grid(LOWEST, HIGHEST, 2 * COARSE)) {
        double residual = axes.leastResidual(a, b);
        if (residual < least) {
          least = residual;
          alpha = a;
          beta = b;
        }
      }
    }
    double reach = (HIGHEST - LOWEST) / (2 * COARSE - 1);
    for (int zoom = 0; zoom < ZOOMS; zoom++, reach *= 0.4) {
      double centreA = alpha;
      double centreB = beta;
      for (double a : Numbers.grid(Math.max(1e-3, centreA - reach), centreA + reach, 9)) {
        for (double b : Numbers.grid(Math.max(1e-3, centreB - reach), centreB + reach, 9)) {
          double residual = axes.leastResidual(a, b);
          if (residual < least) {
            least = residual;
            alpha = a;
            beta = b;
          }
        }
      }
    }
    return axes.law(alpha, beta);
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    List<Member> members = new ArrayList<>();
    if (!target.sized()) {
      return members;
    }
    Axes axes = Axes.of(runs);
    double logShare = -2 * Math.log(COARSE);
    for (double alpha : Numbers.grid(LOWEST, HIGHEST, COARSE)) {
      for (double beta : Numbers.grid(LOWEST, HIGHEST, COARSE)) {
        axes.addMember(members, target, alpha, beta, logShare);
      }
    }
    return members;
  }

  private static double spread(double[] values) {
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    for (double value : values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return high / low;
  }

  /// The runs with parameters and tokens relative to their geometric means, and the mean loss.
  private record Axes(List<Observation> runs, double size, double data, double level) {
    static Axes of(List<Observation> runs) {
      double size = 0;
      double data = 0;
      for (Observation run : runs) {
        size += Math.log(run.parameters()) / runs.size();
        data += Math.log(run.tokens()) / runs.size();
      }
      return new Axes(runs, Math.exp(size), Math.exp(data), Math.exp(Runs.meanLogLoss(runs)));
    }

    LeastSquares problem(double alpha, double beta) {
      double[][] columns = new double[3][runs.size()];
      double[] ones = new double[runs.size()];
      for (int i = 0; i < ones.length; i++) {
        Observation run = runs.get(i);
        double relative = level / run.loss();
        columns[0][i] = relative;
        columns[1][i] = relative * Math.pow(run.parameters() / size, -alpha);
        columns[2][i] = relative * Math.pow(run.tokens() / data, -beta);
        ones[i] = 1;
      }
      return new LeastSquares(columns, ones);
    }

    double leastResidual(double alpha, double beta) {
      LeastSquares problem = problem(alpha, beta);
      return problem.squaredResidual(problem.nonNegative());
    }

    Chinchilla law(double alpha, double beta) {
      double[] c = problem(alpha, beta).nonNegative();
      return new Chinchilla(
          c[0] * level,
          c[1] * level * Math.pow(size, alpha),
          c[2] * level * Math.pow(data, beta),
          alpha,
          beta);
    }

    void addMember(
        List<Member> members, Target target, double alpha, double beta, double logShare) {
      LeastSquares problem = problem(alpha, beta);
      double[] c = problem.nonNegative();
      double[] row = {
        1, Math.pow(target.parameters() / size, -alpha), Math.pow(target.tokens() / data, -beta)
      };
      double prediction = c[0] * row[0] + c[1] * row[1] + c[2] * row[2];
      double determinant = problem.determinant();
      if (!(prediction > 0) || !(determinant > 0)) {
        return;
      }
      for (int i = 0; i < row.length; i++) {
        row[i] /= prediction;
      }
      members.add(
          new Member(
              Member.logPrior(logShare, determinant, 3),
              problem.squaredResidual(c),
              3,
              Math.log(level * prediction),
              Math.sqrt(problem.variance(row))));
    }
  }
}

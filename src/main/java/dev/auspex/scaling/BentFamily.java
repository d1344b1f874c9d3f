package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;

/// Power laws whose slope changes with the loss, after a Box-Cox transform linear in log compute.
///
/// A steepening bend need not go on: beyond the largest run the members keep half of it or all of
/// it, with equal prior weight. A flattening bend is kept whole.
///
/// @param bendMean prior mean of the bend
/// @param bendDeviation prior standard deviation of the bend
record BentFamily(double bendMean, double bendDeviation) implements LawFamily {
  /// Local slopes of any interest lie in 0 .. 0.35; this is the prior density of a slope.
  static final double LOG_SLOPE_DENSITY = -Math.log(0.35);

  private static final double[] BENDS = Numbers.grid(-2, 1, 31);
  private static final double[] CONTINUATIONS = {0.5, 1};
  private static final double STRAIGHT = 1e-9;
  private static final double FURTHEST_BASE = 0.02;

  @Override
  public String form() {
    return BentPowerLaw.FORM;
  }

  @Override
  public boolean suits(List<Observation> runs) {
    return Runs.numLevels(runs) >= 3;
  }

  @Override
  public ScalingLaw fit(List<Observation> runs) {
    double bend =
        Numbers.minimiseOver(
            l -> {
              LeastSquares problem = problem(runs, l);
              return problem.squaredResidual(problem.unconstrained());
            },
            BENDS);
    return law(runs, bend);
  }

  /// The best law with the bend held at `bend`.
  static BentPowerLaw law(List<Observation> runs, double bend) {
    double[] line = problem(runs, bend).unconstrained();
    double base = Math.abs(bend) < STRAIGHT ? 1 : 1 + bend * line[0];
    double logLoss = Math.abs(bend) < STRAIGHT ? line[0] : Math.log(base) / bend;
    return new BentPowerLaw(
        Math.exp(Runs.meanLogFlops(runs)),
        Math.exp(Runs.meanLogLoss(runs) + logLoss),
        line[1] / base,
        bend);
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    List<Member> members = new ArrayList<>();
    double total = 0;
    for (double bend : BENDS) {
      total += Math.exp(logDensity(bend));
    }
    for (double bend : BENDS) {
      double logShare = logDensity(bend) - Math.log(total);
      if (bend <= STRAIGHT) {
        addMember(members, runs, target, bend, 1, logShare);
      } else {
        for (double kept : CONTINUATIONS) {
          addMember(members, runs, target, bend, kept, logShare - Math.log(CONTINUATIONS.length));
        }
      }
    }
    return members;
  }

  private double logDensity(double bend) {
    double z = (bend - bendMean) / bendDeviation;
    return -0.5 * z * z;
  }

  /// Adds the member with `bend` where it falls with compute and still holds at the target.
  static void addMember(
      List<Member> members,
      List<Observation> runs,
      Target target,
      double bend,
      double kept,
      double logShare) {
    LeastSquares problem = problem(runs, bend);
    double[] line = problem.unconstrained();
    Extrapolation ahead = Extrapolation.of(runs, target, bend, kept);
    double prediction = ahead.logLoss(line[0], line[1]);
    if (!(line[1] < 0) || Double.isNaN(prediction)) {
      return;
    }
    double step = 1e-5;
    double[] gradient = {
      (ahead.logLoss(line[0] + step, line[1]) - ahead.logLoss(line[0] - step, line[1])) / 2 / step,
      (ahead.logLoss(line[0], line[1] + step) - ahead.logLoss(line[0], line[1] - step)) / 2 / step
    };
    double spread = Math.sqrt(problem.variance(gradient));
    if (Double.isNaN(spread)) {
      return;
    }
    members.add(
        new Member(
            Member.logPrior(logShare + LOG_SLOPE_DENSITY, problem.determinant(), 2),
            problem.squaredResidual(line),
            2,
            Runs.meanLogLoss(runs) + prediction,
            spread));
  }

  /// How a line fitted to transformed losses goes on to the target.
  private record Extrapolation(double bend, double keptBend, double last, double beyond) {
    static Extrapolation of(List<Observation> runs, Target target, double bend, double kept) {
      double centre = Runs.meanLogFlops(runs);
      double at = Math.log(target.flops()) - centre;
      double end = Math.log(Runs.largestFlops(runs)) - centre;
      return new Extrapolation(bend, bend * kept, Math.min(at, end), Math.max(0, at - end));
    }

    /// Log loss at the target relative to the runs' mean; not-a-number where the law has run out.
    double logLoss(double intercept, double slope) {
      double line = intercept + slope * last;
      boolean straight = Math.abs(bend) < STRAIGHT;
      double base = straight ? 1 : 1 + bend * line;
      if (base < FURTHEST_BASE) {
        return Double.NaN;
      }
      double inside = straight ? line : Math.log(base) / bend;
      double endSlope = slope / base;
      double rest = 1 + keptBend * endSlope * beyond;
      if (rest < FURTHEST_BASE) {
        return Double.NaN;
      }
      return inside
          + (Math.abs(keptBend) < STRAIGHT ? endSlope * beyond : Math.log(rest) / keptBend);
    }
  }

  /// Transformed loss against log compute, both centred, weighted to relative residuals.
  private static LeastSquares problem(List<Observation> runs, double bend) {
    double centre = Runs.meanLogFlops(runs);
    double level = Runs.meanLogLoss(runs);
    double[][] columns = new double[2][runs.size()];
    double[] values = new double[runs.size()];
    for (int i = 0; i < values.length; i++) {
      Observation run = runs.get(i);
      double logLoss = Math.log(run.loss()) - level;
      double weight = Math.exp(-bend * logLoss);
      columns[0][i] = weight;
      columns[1][i] = weight * (Math.log(run.flops()) - centre);
      values[i] =
          weight * (Math.abs(bend) < STRAIGHT ? logLoss : Math.expm1(bend * logLoss) / bend);
    }
    return new LeastSquares(columns, values);
  }
}

package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;

/// L(C) = a·C^b + c with c given.
///
/// @param asymptote the given irreducible loss
record FixedFamily(double asymptote) implements LawFamily {
  private static final double[] EXPONENTS = Numbers.grid(0.004, 0.8, 2000);

  @Override
  public String form() {
    return FixedAsymptote.FORM;
  }

  @Override
  public boolean suits(List<Observation> runs) {
    return Runs.numLevels(runs) >= 2
        && runs.stream().allMatch(run -> run.loss() > asymptote * 1.001);
  }

  @Override
  public ScalingLaw fit(List<Observation> runs) {
    double b =
        Numbers.minimiseOver(
            e -> {
              LeastSquares problem = problem(runs, e, asymptote);
              return problem.squaredResidual(problem.nonNegative());
            },
            EXPONENTS);
    double a = problem(runs, b, asymptote).nonNegative()[0];
    return new FixedAsymptote(a * Math.pow(Runs.largestFlops(runs), b), -b, asymptote);
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    List<Member> members = new ArrayList<>();
    for (double b : EXPONENTS) {
      addMember(members, runs, target, b, asymptote, -Math.log(EXPONENTS.length));
    }
    return members;
  }

  /// Adds the member with exponent `-b` and asymptote `c` where its scale is positive.
  static void addMember(
      List<Member> members,
      List<Observation> runs,
      Target target,
      double b,
      double c,
      double logShare) {
    LeastSquares problem = problem(runs, b, c);
    double[] scale = problem.unconstrained();
    if (!(scale[0] > 0)) {
      return;
    }
    double decay = Math.pow(target.flops() / Runs.largestFlops(runs), -b);
    double prediction = scale[0] * decay + c;
    double lowest = runs.stream().mapToDouble(Observation::loss).min().orElseThrow();
    members.add(
        new Member(
            Member.logPrior(logShare, problem.determinant() * lowest * lowest, 1),
            problem.squaredResidual(scale),
            1,
            Math.log(prediction),
            Math.sqrt(problem.variance(new double[] {decay / prediction}))));
  }

  private static LeastSquares problem(List<Observation> runs, double b, double c) {
    double reference = Runs.largestFlops(runs);
    double[] column = new double[runs.size()];
    double[] values = new double[runs.size()];
    for (int i = 0; i < values.length; i++) {
      Observation run = runs.get(i);
      column[i] = Math.pow(run.flops() / reference, -b) / run.loss();
      values[i] = (run.loss() - c) / run.loss();
    }
    return new LeastSquares(new double[][] {column}, values);
  }
}

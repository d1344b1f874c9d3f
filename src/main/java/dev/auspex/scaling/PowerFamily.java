package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;

/// L(C) = a·C^b + c with c ≥ 0 fitted: a one-dimensional search over b, the rest in closed form.
record PowerFamily() implements LawFamily {
  private static final double[] EXPONENTS = Numbers.grid(0.02, 0.62, 31);
  private static final double[] FINE_EXPONENTS = Numbers.grid(0.002, 1.2, 240);
  private static final double[] ASYMPTOTES = Numbers.grid(0, 0.95, 20);

  @Override
  public String form() {
    return PowerLaw.FORM;
  }

  @Override
  public int minRuns() {
    return 4;
  }

  @Override
  public boolean suits(List<Observation> runs) {
    return Runs.numLevels(runs) >= 3;
  }

  @Override
  public ScalingLaw fit(List<Observation> runs) {
    double b =
        Numbers.minimiseOver(
            e -> {
              LeastSquares problem = problem(runs, e);
              return problem.squaredResidual(problem.nonNegative());
            },
            FINE_EXPONENTS);
    double[] coefficients = problem(runs, b).nonNegative();
    double reference = Runs.largestFlops(runs);
    return new PowerLaw(coefficients[0] * Math.pow(reference, b), -b, coefficients[1]);
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    List<Member> members = new ArrayList<>();
    double logShare = -Math.log(EXPONENTS.length * ASYMPTOTES.length);
    double lowest = runs.stream().mapToDouble(Observation::loss).min().orElseThrow();
    for (double b : EXPONENTS) {
      for (double fraction : ASYMPTOTES) {
        FixedFamily.addMember(members, runs, target, b, fraction * lowest, logShare);
      }
    }
    return members;
  }

  private static LeastSquares problem(List<Observation> runs, double b) {
    double reference = Runs.largestFlops(runs);
    double[][] columns = new double[2][runs.size()];
    double[] ones = new double[runs.size()];
    for (int i = 0; i < ones.length; i++) {
      Observation run = runs.get(i);
      columns[0][i] = Math.pow(run.flops() / reference, -b) / run.loss();
      columns[1][i] = 1 / run.loss();
      ones[i] = 1;
    }
    return new LeastSquares(columns, ones);
  }
}

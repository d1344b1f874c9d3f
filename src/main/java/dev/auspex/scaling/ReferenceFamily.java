package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Curves like those of the references, one member for each: log loss is a straight line in the log
/// loss of the reference at the same compute.
///
/// The reference's largest run is one run, so its own noise is added, as often as it counts.
record ReferenceFamily(List<Reference> references) implements LawFamily {
  @Override
  public String form() {
    return ReferenceLaw.FORM;
  }

  @Override
  public boolean suits(List<Observation> runs) {
    return Runs.numLevels(runs) >= 2
        && references.stream().anyMatch(reference -> covers(reference, runs));
  }

  @Override
  public ScalingLaw fit(List<Observation> runs) {
    return references.stream()
        .filter(reference -> covers(reference, runs))
        .min(Comparator.comparingDouble(reference -> Line.of(reference, runs).squaredResidual()))
        .map(reference -> Line.of(reference, runs).law(reference))
        .orElseThrow();
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    List<Member> members = new ArrayList<>();
    for (Reference reference : references) {
      double at = reference.logLoss(target.flops()).orElse(Double.NaN);
      if (!Double.isNaN(at) && covers(reference, runs)) {
        Line.of(reference, runs).member(at, references.size()).ifPresent(members::add);
      }
    }
    return members;
  }

  private static boolean covers(Reference reference, List<Observation> runs) {
    return runs.stream().allMatch(run -> reference.covers(run.flops()));
  }

  /// Log loss against the reference's, both centred.
  private record Line(LeastSquares problem, double[] line, double centre, double level) {
    static Line of(Reference reference, List<Observation> runs) {
      double[] at =
          runs.stream().mapToDouble(run -> reference.logLoss(run.flops()).orElseThrow()).toArray();
      double centre = Arrays.stream(at).average().orElseThrow();
      double level = Runs.meanLogLoss(runs);
      double[][] columns = new double[2][at.length];
      double[] values = new double[at.length];
      for (int i = 0; i < at.length; i++) {
        columns[0][i] = 1;
        columns[1][i] = at[i] - centre;
        values[i] = Math.log(runs.get(i).loss()) - level;
      }
      LeastSquares problem = new LeastSquares(columns, values);
      return new Line(problem, problem.unconstrained(), centre, level);
    }

    double squaredResidual() {
      return problem.squaredResidual(line);
    }

    ReferenceLaw law(Reference reference) {
      return new ReferenceLaw(Math.exp(level + line[0] - line[1] * centre), line[1], reference);
    }

    /// The member's word on where the reference has log loss `at`; none where the runs do not fall
    /// when the reference does.
    Optional<Member> member(double at, int count) {
      double spread = problem.variance(new double[] {1, at - centre}) + line[1] * line[1];
      if (!(line[1] > 0) || Double.isNaN(spread)) {
        return Optional.empty();
      }
      return Optional.of(
          new Member(
              Member.logPrior(-Math.log(count), problem.determinant(), 2),
              squaredResidual(),
              2,
              level + line[0] + line[1] * (at - centre),
              Math.sqrt(spread)));
    }
  }
}

package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;

/// Power laws through the runs that go on with a slope known otherwise.
///
/// @param beyond d ln L / d ln C beyond the largest run, negative
record KinkedFamily(double beyond) implements LawFamily {
  @Override
  public String form() {
    return KinkedPower.FORM;
  }

  @Override
  public boolean suits(List<Observation> runs) {
    return Runs.numLevels(runs) >= 2;
  }

  @Override
  public ScalingLaw fit(List<Observation> runs) {
    BentPowerLaw straight = BentFamily.law(runs, 0);
    Target end = end(runs);
    return new KinkedPower(end.flops(), straight.predict(end), straight.slope(), beyond);
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    Target end = end(runs);
    double distance = Math.max(0, Math.log(target.flops() / end.flops()));
    List<Member> straight = new ArrayList<>();
    BentFamily.addMember(straight, runs, distance > 0 ? end : target, 0, 1, 0);
    return straight.stream().map(member -> member.shifted(beyond * distance)).toList();
  }

  private static Target end(List<Observation> runs) {
    return new Target(Runs.largestFlops(runs), 0, 0);
  }
}

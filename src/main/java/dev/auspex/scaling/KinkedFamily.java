package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;

/// Power laws through the runs that go on with a slope known otherwise.
///
/// @param beyond d ln L / d ln C beyond the ladder, negative
/// @param end compute of the ladder's largest run; back-tests inside the ladder stay below it
record KinkedFamily(double beyond, double end) implements LawFamily {
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
    return new KinkedPower(end, straight.predict(at(end)), straight.slope(), beyond);
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    double distance = Math.max(0, Math.log(target.flops() / end));
    List<Member> straight = new ArrayList<>();
    BentFamily.addMember(straight, runs, at(Math.min(end, target.flops())), 0, 1, 0);
    return straight.stream().map(member -> member.shifted(beyond * distance)).toList();
  }

  private static Target at(double flops) {
    return new Target(flops, 0, 0);
  }
}

package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;

/// L(C) = a·C^b: the bent family with no bend, in closed form.
record LogLinearFamily() implements LawFamily {
  @Override
  public String form() {
    return PureLogLinear.FORM;
  }

  @Override
  public boolean suits(List<Observation> runs) {
    return Runs.numLevels(runs) >= 2;
  }

  @Override
  public ScalingLaw fit(List<Observation> runs) {
    BentPowerLaw straight = BentFamily.law(runs, 0);
    return new PureLogLinear(
        straight.loss() * Math.pow(straight.flops(), -straight.slope()), straight.slope());
  }

  @Override
  public List<Member> members(List<Observation> runs, Target target) {
    List<Member> members = new ArrayList<>();
    BentFamily.addMember(members, runs, target, 0, 1, 0);
    return members;
  }
}

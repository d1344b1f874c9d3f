package dev.auspex.scaling;

import java.util.Map;

/// L(C) = a·C^b + c: a power law above an irreducible loss `c` ≥ 0, with `b` < 0.
///
/// @param a scale of the reducible loss
/// @param b exponent, negative
/// @param c irreducible loss
public record PowerLaw(double a, double b, double c) implements ScalingLaw {
  static final String FORM = "power";

  @Override
  public String form() {
    return FORM;
  }

  @Override
  public double predict(Target at) {
    return a * Math.pow(at.flops(), b) + c;
  }

  @Override
  public Map<String, Double> parameters() {
    return Numbers.ordered("a", a, "b", b, "c", c);
  }
}

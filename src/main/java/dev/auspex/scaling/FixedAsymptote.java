package dev.auspex.scaling;

import java.util.Map;

/// L(C) = a·C^b + c with `c` given, not fitted: for when the irreducible loss is known otherwise.
///
/// @param a scale of the reducible loss
/// @param b exponent, negative
/// @param c the given irreducible loss
public record FixedAsymptote(double a, double b, double c) implements ScalingLaw {
  static final String FORM = "fixed_asymptote";

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

package dev.auspex.scaling;

import java.util.Map;

/// L(C) = a·C^b: a straight line in log loss against log compute.
///
/// @param a loss at one FLOP
/// @param b exponent, negative
public record PureLogLinear(double a, double b) implements ScalingLaw {
  static final String FORM = "log_linear";

  @Override
  public String form() {
    return FORM;
  }

  @Override
  public double predict(Target at) {
    return a * Math.pow(at.flops(), b);
  }

  @Override
  public Map<String, Double> parameters() {
    return Numbers.ordered("a", a, "b", b);
  }
}

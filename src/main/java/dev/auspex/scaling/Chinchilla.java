package dev.auspex.scaling;

import java.util.Map;

/// L(N, D) = E + A/N^α + B/D^β.
///
/// @param e irreducible loss
/// @param a scale of the loss for want of parameters
/// @param b scale of the loss for want of data
/// @param alpha exponent of parameters, positive
/// @param beta exponent of tokens, positive
public record Chinchilla(double e, double a, double b, double alpha, double beta)
    implements ScalingLaw {
  static final String FORM = "chinchilla";

  @Override
  public String form() {
    return FORM;
  }

  @Override
  public double predict(Target at) {
    if (!at.sized()) {
      throw new ScalingException("target must give parameters and tokens for L(N, D)");
    }
    return e + a * Math.pow(at.parameters(), -alpha) + b * Math.pow(at.tokens(), -beta);
  }

  @Override
  public Map<String, Double> parameters() {
    return Numbers.ordered("E", e, "A", a, "B", b, "alpha", alpha, "beta", beta);
  }
}

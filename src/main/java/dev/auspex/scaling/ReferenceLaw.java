package dev.auspex.scaling;

import java.util.Map;

/// L(C) = a·R(C)^k, where R is the loss of a reference at the same compute: loss-to-loss prediction
/// (Brandfonbrener et al. 2024, arXiv 2411.12925) without shifts, from train to train and between
/// equal recipes.
///
/// @param a factor
/// @param k power, positive
/// @param reference whose curve it follows
public record ReferenceLaw(double a, double k, Reference reference) implements ScalingLaw {
  static final String FORM = "reference";

  @Override
  public String form() {
    return FORM;
  }

  /// Not-a-number beyond the reference's largest run.
  @Override
  public double predict(Target at) {
    return a * Math.exp(k * reference.logLoss(at.flops()).orElse(Double.NaN));
  }

  @Override
  public Map<String, Double> parameters() {
    return Numbers.ordered("a", a, "k", k);
  }
}

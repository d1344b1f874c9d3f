package dev.auspex.scaling;

import java.util.Map;

/// A power law up to the largest run and one of another, known slope beyond it.
///
/// @param flops compute of the largest run
/// @param loss loss there
/// @param slope d ln L / d ln C up to there, negative
/// @param beyond d ln L / d ln C from there on, negative
public record KinkedPower(double flops, double loss, double slope, double beyond)
    implements ScalingLaw {
  static final String FORM = "kinked_power";

  @Override
  public String form() {
    return FORM;
  }

  @Override
  public double predict(Target at) {
    double distance = Math.log(at.flops() / flops);
    return loss * Math.exp((distance > 0 ? beyond : slope) * distance);
  }

  @Override
  public Map<String, Double> parameters() {
    return Numbers.ordered("flops", flops, "loss", loss, "slope", slope, "beyond", beyond);
  }
}

package dev.auspex.scaling;

import java.util.Map;

/// A power law whose slope changes with the loss: d ln L / d ln C = slope·(L/loss)^(-bend).
///
/// In closed form L(C) = loss·(1 + bend·slope·ln(C/flops))^(1/bend): a Box-Cox transform of the
/// loss is linear in log compute. `bend` = 0 is a pure power law, `bend` = 1 is loss linear in log
/// compute, `bend` > 0 steepens as runs grow (small runs do), `bend` < 0 flattens, slower than an
/// asymptote.
///
/// @param flops compute of the reference point, the middle of the ladder
/// @param loss loss there
/// @param slope d ln L / d ln C there, negative
/// @param bend how the slope changes as the loss falls
public record BentPowerLaw(double flops, double loss, double slope, double bend)
    implements ScalingLaw {
  static final String FORM = "bent_power";

  @Override
  public String form() {
    return FORM;
  }

  @Override
  public double predict(Target at) {
    double distance = Math.log(at.flops() / flops);
    if (Math.abs(bend) < 1e-9) {
      return loss * Math.exp(slope * distance);
    }
    double base = 1 + bend * slope * distance;
    return base <= 0 ? 0 : loss * Math.pow(base, 1 / bend);
  }

  /// d ln L / d ln C at `at`.
  public double slopeAt(Target at) {
    return slope / (1 + bend * slope * Math.log(at.flops() / flops));
  }

  @Override
  public Map<String, Double> parameters() {
    return Numbers.ordered("flops", flops, "loss", loss, "slope", slope, "bend", bend);
  }
}

package dev.auspex.scaling;

/// A run to be forecast.
///
/// @param flops training compute in FLOPs
/// @param parameters number of parameters; 0 where not known
/// @param tokens tokens to train on; 0 where not known
public record Target(double flops, double parameters, double tokens) {
  public Target {
    if (!(flops > 0) || Double.isInfinite(flops)) {
      throw new ScalingException("target.flops (%s) must be a positive number".formatted(flops));
    }
    if (!(parameters >= 0) || !(tokens >= 0)) {
      throw new ScalingException(
          "target.parameters (%s) and target.tokens (%s) must not be negative; 0 where not known"
              .formatted(parameters, tokens));
    }
  }

  /// Whether parameters and tokens are both known.
  public boolean sized() {
    return parameters > 0 && tokens > 0;
  }
}

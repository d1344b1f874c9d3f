package dev.auspex.scaling;

/// One finished run.
///
/// @param name of the run
/// @param flops spent
/// @param parameters trainable numbers
/// @param tokens trained on
/// @param loss final held-out loss, in any unit (bits per byte here)
/// @param seed of the run
public record Observation(
    String name, double flops, double parameters, double tokens, double loss, long seed) {
  public Observation {
    if (!(flops > 0) || !(loss > 0) || Double.isInfinite(flops) || Double.isInfinite(loss)) {
      throw new ScalingException(
          "run %s: flops (%s) and loss (%s) must be positive numbers".formatted(name, flops, loss));
    }
  }
}

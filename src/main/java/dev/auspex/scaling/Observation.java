package dev.auspex.scaling;

/// One finished run of a ladder: its size, what it cost, and the loss it ended at.
///
/// @param name the run's name
/// @param flops training compute in FLOPs
/// @param parameters number of parameters; 0 where not known
/// @param tokens tokens trained on; 0 where not known
/// @param loss final loss, in any unit that is positive and shrinks with scale
/// @param seed the run's seed; runs that differ in nothing else are replicates
public record Observation(
    String name, double flops, double parameters, double tokens, double loss, long seed) {
  public Observation {
    requirePositive(name, "flops", flops);
    requirePositive(name, "loss", loss);
    requireNonNegative(name, "parameters", parameters);
    requireNonNegative(name, "tokens", tokens);
  }

  /// The same run by another metric.
  public Observation withLoss(double other) {
    return new Observation(name, flops, parameters, tokens, other, seed);
  }

  /// Where on the compute, size and data axes this run lies.
  public Target point() {
    return new Target(flops, parameters, tokens);
  }

  /// Whether parameters and tokens are both known.
  public boolean sized() {
    return parameters > 0 && tokens > 0;
  }

  private static void requirePositive(String name, String key, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new ScalingException(
          "%s of run %s (%s) must be a positive number; remove the run or correct it"
              .formatted(key, name, value));
    }
  }

  private static void requireNonNegative(String name, String key, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new ScalingException(
          "%s of run %s (%s) must be a positive number, or 0 where not known"
              .formatted(key, name, value));
    }
  }
}

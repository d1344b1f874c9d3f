package dev.auspex.train;

import java.util.ArrayList;
import java.util.List;

/// Tells losses that leap: above the mean of recent ones by a number of standard deviations.
///
/// After {@link #PATIENCE} in a row the new height is believed, so that a run cannot stand still.
final class SpikeGuard {
  private static final int PATIENCE = 10;

  private final SpikeConfig config;
  private final List<Double> recent;
  private int inARow;

  /// @param recent losses remembered from before, oldest first
  SpikeGuard(SpikeConfig config, List<Double> recent) {
    this.config = config;
    this.recent = new ArrayList<>(recent);
  }

  /// Losses to remember in a checkpoint.
  List<Double> recent() {
    return List.copyOf(recent);
  }

  /// Takes the next loss; whether it leaps.
  boolean leaps(double loss) {
    if (config.z() == 0) {
      return false;
    }
    if (recent.size() >= config.window() / 2
        && inARow < PATIENCE
        && deviations(loss) > config.z()) {
      inARow++;
      return true;
    }
    inARow = 0;
    recent.add(loss);
    if (recent.size() > config.window()) {
      recent.removeFirst();
    }
    return false;
  }

  private double deviations(double loss) {
    double mean = recent.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    double squares = recent.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    return (loss - mean) / Math.sqrt(squares / recent.size() + 1e-12);
  }
}

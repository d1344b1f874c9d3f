package dev.auspex.train;

import dev.auspex.config.ConfigException;

/// When checkpoints are written and how many stay.
///
/// @param everySeconds seconds of training between checkpoints
/// @param keep newest checkpoints kept
public record CheckpointConfig(double everySeconds, int keep) {
  public CheckpointConfig {
    if (!(everySeconds > 0)) {
      throw new ConfigException("every_seconds (" + everySeconds + ") must be above 0");
    }
    if (keep < 1) {
      throw new ConfigException("keep (" + keep + ") must be at least 1");
    }
  }
}

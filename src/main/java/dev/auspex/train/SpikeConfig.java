package dev.auspex.train;

import dev.auspex.config.ConfigException;

/// When a step whose loss leaps is left out.
///
/// @param z standard deviations above the mean of recent losses; 0 to never leave a step out
/// @param window recent losses looked at
public record SpikeConfig(double z, int window) {
  public SpikeConfig {
    if (!(z >= 0)) {
      throw new ConfigException("z (" + z + ") must be 0 (off) or more; usual: 6");
    }
    if (window < 8) {
      throw new ConfigException("window (" + window + ") must be at least 8; usual: 128");
    }
  }

  /// No step is left out.
  public static SpikeConfig off() {
    return new SpikeConfig(0, 128);
  }
}

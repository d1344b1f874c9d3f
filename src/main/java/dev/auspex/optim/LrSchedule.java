package dev.auspex.optim;

import dev.auspex.config.ConfigException;

/// Learning rate as a share of its peak, over a run of known length.
public sealed interface LrSchedule {
  /// Share of the run spent warming up, `[0, 1)`.
  double warmupShare();

  /// @param step from 0
  /// @param steps length of the run
  /// @return factor on the peak rate, in `[0, 1]`
  default double factor(long step, long steps) {
    double warmupSteps = warmupShare() * steps;
    if (step + 1 < warmupSteps) {
      return (step + 1) / warmupSteps;
    }
    return switch (this) {
      case Cosine(double warmupShare, double minimum) -> {
        double progress = Math.clamp((step + 1.0 - warmupSteps) / (steps - warmupSteps), 0, 1);
        yield minimum + (1 - minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
      }
      case Wsd(double warmupShare, double decayShare, double minimum) -> {
        double remaining = steps - step;
        double decaySteps = decayShare * steps;
        yield remaining >= decaySteps
            ? 1.0
            : minimum + (1 - minimum) * Math.max(0, remaining / (decaySteps + 1));
      }
    };
  }

  private static void share(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new ConfigException(key + " (" + value + ") must lie in [0, 1]");
    }
  }

  /// Half a cosine from the peak to `minimum`.
  /// @param minimum share of the peak at the end
  record Cosine(double warmupShare, double minimum) implements LrSchedule {
    public Cosine {
      share("warmup_share", warmupShare);
      share("minimum", minimum);
    }
  }

  /// Warm-up, stable, decay (Hu et al. 2024, arXiv 2404.06395): constant, then linear to `minimum`.
  /// @param decayShare share of the run that decays
  /// @param minimum share of the peak at the end
  record Wsd(double warmupShare, double decayShare, double minimum) implements LrSchedule {
    public Wsd {
      share("warmup_share", warmupShare);
      share("decay_share", decayShare);
      share("minimum", minimum);
    }
  }
}

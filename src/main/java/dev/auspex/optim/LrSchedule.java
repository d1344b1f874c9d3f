package dev.auspex.optim;

import dev.auspex.config.ConfigException;

/// Learning rate as a share of its peak, over a run of known length.
public sealed interface LrSchedule {
  /// Steps that warm up, perhaps not whole, in a run of `steps`.
  double warmupSteps(long steps);

  /// @param step from 0
  /// @param steps length of the run
  /// @return factor on the peak rate, in `[0, 1]`
  default double factor(long step, long steps) {
    double warmupSteps = warmupSteps(steps);
    if (step + 1 < warmupSteps) {
      return (step + 1) / warmupSteps;
    }
    return switch (this) {
      case Cosine(double _, double minimum) -> {
        double progress = Math.clamp((step + 1.0 - warmupSteps) / (steps - warmupSteps), 0, 1);
        yield minimum + (1 - minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
      }
      case Wsd(double _, double decayShare, double minimum) ->
          decayed(steps - step, decayShare * steps, minimum);
      case WsdSteps(long _, long decaySteps, double minimum) ->
          decayed(steps - step, decaySteps, minimum);
    };
  }

  private static double decayed(double remaining, double decaySteps, double minimum) {
    return remaining >= decaySteps
        ? 1.0
        : minimum + (1 - minimum) * Math.max(0, remaining / (decaySteps + 1));
  }

  private static void share(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new ConfigException(key + " (" + value + ") must lie in [0, 1]");
    }
  }

  private static void count(String key, long value) {
    if (value < 0) {
      throw new ConfigException(key + " (" + value + ") must be 0 or more");
    }
  }

  /// Half a cosine from the peak to `minimum`.
  /// @param warmupShare share of the run spent warming up
  /// @param minimum share of the peak at the end
  record Cosine(double warmupShare, double minimum) implements LrSchedule {
    public Cosine {
      share("warmup_share", warmupShare);
      share("minimum", minimum);
    }

    @Override
    public double warmupSteps(long steps) {
      return warmupShare * steps;
    }
  }

  /// Warm-up, stable, decay (Hu et al. 2024, arXiv 2404.06395): constant, then linear to `minimum`.
  /// @param warmupShare share of the run spent warming up
  /// @param decayShare share of the run that decays
  /// @param minimum share of the peak at the end
  record Wsd(double warmupShare, double decayShare, double minimum) implements LrSchedule {
    public Wsd {
      share("warmup_share", warmupShare);
      share("decay_share", decayShare);
      share("minimum", minimum);
    }

    @Override
    public double warmupSteps(long steps) {
      return warmupShare * steps;
    }
  }

  /// The same in steps: runs that differ only in length and decay have the same rate, to the last
  /// bit, until the first of them decays, so that one run can be finished at several lengths.
  /// @param warmupSteps steps that warm up
  /// @param decaySteps last steps, which decay; 0 for none
  /// @param minimum share of the peak at the end
  record WsdSteps(long warmupSteps, long decaySteps, double minimum) implements LrSchedule {
    public WsdSteps {
      count("warmup_steps", warmupSteps);
      count("decay_steps", decaySteps);
      share("minimum", minimum);
    }

    @Override
    public double warmupSteps(long steps) {
      return warmupSteps;
    }
  }
}

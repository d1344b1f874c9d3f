package dev.auspex.scaling;

import dev.auspex.scaling.CapabilityForecaster.Graded;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The loss on text that runs of a ladder foretell for larger ones: the first of two steps to a
/// pass rate. Empty where these runs allow no forecast of loss.
final class LossOutlook {
  private final List<Observation> runs;
  private final CapabilityConfig config;
  private final Map<Target, Optional<Interval>> asked = new HashMap<>();

  LossOutlook(List<Graded> graded, CapabilityConfig config) {
    this.runs = graded.stream().map(Graded::run).toList();
    this.config = config;
  }

  /// The loss at `target`, with its interval; empty where it cannot be forecast.
  Optional<Interval> at(Target target) {
    return asked.computeIfAbsent(target, this::forecast);
  }

  private Optional<Interval> forecast(Target target) {
    try {
      return Optional.of(
          new Forecaster(Assumptions.named(config.assumeLoss()))
              .several(runs, List.of(target), config.level())
              .intervals()
              .getFirst());
    } catch (ScalingException _) {
      return Optional.empty();
    }
  }
}

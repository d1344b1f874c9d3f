package dev.auspex.scaling;

import java.util.Map;

/// A run read from someone's table, with all its metrics.
///
/// @param name the run's name
/// @param point its compute, parameters and tokens
/// @param seed its seed; 0 where not given
/// @param metrics final value by metric
public record RunRecord(String name, Target point, long seed, Map<String, Double> metrics) {
  public RunRecord {
    metrics = Map.copyOf(metrics);
  }
}

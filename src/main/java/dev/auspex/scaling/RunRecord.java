package dev.auspex.scaling;

import java.util.List;
import java.util.Map;

/// A run read from someone's table, with all its metrics.
///
/// @param name the run's name
/// @param point its compute, parameters and tokens
/// @param seed its seed; 0 where not given
/// @param metrics final value by metric
/// @param trace metrics at its checkpoints, in order; empty where the table has final values only
public record RunRecord(
    String name,
    Target point,
    long seed,
    Map<String, Double> metrics,
    List<Map<String, Double>> trace) {
  public RunRecord {
    metrics = Map.copyOf(metrics);
    trace = List.copyOf(trace);
  }
}

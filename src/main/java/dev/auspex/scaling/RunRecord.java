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
/// @param places where each final value stands: file, line and column
public record RunRecord(
    String name,
    Target point,
    long seed,
    Map<String, Double> metrics,
    List<Map<String, Double>> trace,
    Map<String, String> places) {
  public RunRecord {
    metrics = Map.copyOf(metrics);
    trace = List.copyOf(trace);
    places = Map.copyOf(places);
  }

  /// A run that stands in no file.
  public RunRecord(
      String name,
      Target point,
      long seed,
      Map<String, Double> metrics,
      List<Map<String, Double>> trace) {
    this(name, point, seed, metrics, trace, Map.of());
  }

  /// The same run of a size known otherwise.
  RunRecord at(Target other) {
    return new RunRecord(name, other, seed, metrics, trace, places);
  }

  /// Where `metric` stands, for a message on what is wrong with it.
  String place(String metric) {
    return places.getOrDefault(
        metric, "%s of run %s (%s)".formatted(metric, name, metrics.get(metric)));
  }
}

package dev.auspex.scaling;

import java.nio.file.Path;
import java.util.List;

/// A forecast to be sealed before its target starts.
///
/// @param runDir the target's run folder, which holds `config.yaml` and no step yet
/// @param part folder inside the run's for a forecast beside the main one, such as
///     `capability/bucket-1`; empty for the main one
/// @param metric the metric forecast, a key of the `result.json` the run will end with
/// @param description the target in words
/// @param inputs the files the forecast was made from; their hashes are sealed
/// @param forecast the forecast
/// @param codeVersion version or commit of the code that made it
public record SealRequest(
    Path runDir,
    String part,
    String metric,
    String description,
    List<Path> inputs,
    Forecast forecast,
    String codeVersion) {
  public SealRequest {
    inputs = List.copyOf(inputs);
    if (metric.isBlank()) {
      throw new RegisterException("metric () must name a key of result.json, such as heldout_bpb");
    }
  }

  /// The run's main forecast.
  public SealRequest(
      Path runDir,
      String metric,
      String description,
      List<Path> inputs,
      Forecast forecast,
      String codeVersion) {
    this(runDir, "", metric, description, inputs, forecast, codeVersion);
  }
}

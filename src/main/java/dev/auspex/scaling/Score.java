package dev.auspex.scaling;

import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// A sealed forecast beside what came; the document of `auspex scale score`.
///
/// @param metric what was predicted
/// @param predicted the prediction
/// @param low lower end of the interval
/// @param high upper end of the interval
/// @param actual the outcome
/// @param relativeError `predicted / actual - 1`
/// @param inside whether the outcome lies in the interval
/// @param computeRatio target compute over the ladder's largest run
/// @param sealValid whether the seal is intact, fits the run, and is older than its first step
public record Score(
    String metric,
    double predicted,
    double low,
    double high,
    double actual,
    double relativeError,
    boolean inside,
    double computeRatio,
    boolean sealValid) {

  /// Scores a finished run folder against its `forecast.json` and the register.
  public static Score of(Path runFolder, ForecastRegister register) {
    Path forecastFile = runFolder.resolve("forecast.json");
    Path resultFile = runFolder.resolve("result.json");
    if (!Files.isRegularFile(forecastFile)) {
      throw new ScalingException(
          "run (" + runFolder + ") must hold forecast.json; seal a forecast before training");
    }
    if (!Files.isRegularFile(resultFile)) {
      throw new ScalingException(
          "run (%s) must be finished; continue it with: auspex train --resume %s"
              .formatted(runFolder, runFolder));
    }
    SealedForecast sealed = Json.read(forecastFile, SealedForecast.class);
    Forecast forecast = sealed.forecast();
    double actual = Json.readTree(resultFile).path(forecast.metric()).asDouble(Double.NaN);
    if (Double.isNaN(actual)) {
      throw new ScalingException(resultFile + " must hold " + forecast.metric());
    }
    return new Score(
        forecast.metric(),
        forecast.predicted(),
        forecast.low(),
        forecast.high(),
        actual,
        forecast.predicted() / actual - 1,
        actual >= forecast.low() && actual <= forecast.high(),
        forecast.computeRatio(),
        valid(sealed, runFolder, register));
  }

  private static boolean valid(SealedForecast sealed, Path runFolder, ForecastRegister register) {
    boolean registered = register.verify().stream().anyMatch(sealed::equals);
    boolean sameTarget =
        Hashes.sha256(runFolder.resolve("config.yaml")).equals(sealed.targetConfigSha256());
    return registered && sameTarget && Instant.parse(sealed.time()).isBefore(firstStep(runFolder));
  }

  private static Instant firstStep(Path runFolder) {
    try (var lines = Files.lines(runFolder.resolve("metrics.jsonl"))) {
      JsonNode first = Json.MAPPER.readTree(lines.findFirst().orElse("{}"));
      return Instant.parse(first.path("time").asString(Instant.MAX.toString()));
    } catch (java.io.IOException e) {
      throw new dev.auspex.io.FileException(runFolder.resolve("metrics.jsonl"), e);
    }
  }
}

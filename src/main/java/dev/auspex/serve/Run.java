package dev.auspex.serve;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import dev.auspex.run.RunFolder;
import dev.auspex.train.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One run as the dashboard sees it: its settings, curves, sealed forecast and outcome, all read
/// from its folder.
final class Run {
  private static final Duration QUIET = Duration.ofSeconds(90);

  private final String name;
  private final RunFolder folder;
  private final RunCurves curves;
  private @Nullable TrainConfig config;

  /// @param name what the page calls it
  Run(String name, RunFolder folder) {
    this.name = name;
    this.folder = folder;
    curves = new RunCurves(folder.metrics());
  }

  String name() {
    return name;
  }

  /// The curves, up to date.
  RunCurves curves() {
    curves.refresh();
    return curves;
  }

  /// Everything but the curves.
  ObjectNode summary() {
    RunCurves now = curves();
    ObjectNode json = Json.MAPPER.createObjectNode().put("name", name);
    json.put("state", state(now));
    now.changed().ifPresent(time -> json.put("changed", time.toString()));
    config().ifPresent(settings -> describe(settings, json));
    now.lastStep().ifPresent(line -> json.set("last_step", line));
    now.lastMeasurement().ifPresent(line -> json.set("last_heldout", line));
    read(folder.forecast()).ifPresent(forecast -> json.set("forecast", forecast(forecast)));
    read(folder.result()).ifPresent(result -> json.set("result", result));
    return json;
  }

  /// `waiting` before the first step, `training`, `finished`, or `quiet` when nothing was logged
  /// for a while.
  private String state(RunCurves now) {
    if (Files.isRegularFile(folder.result())) {
      return "finished";
    }
    if (now.lastStep().isEmpty()) {
      return "waiting";
    }
    Instant quiet = Instant.now().minus(QUIET);
    return now.changed().filter(quiet::isBefore).isPresent() ? "training" : "quiet";
  }

  /// The settings; empty for a folder of another version, whose curves are shown all the same.
  private Optional<TrainConfig> config() {
    if (config == null) {
      try {
        config = Config.read(folder.config(), TrainConfig.class);
      } catch (ConfigException | FileException _) {
        return Optional.empty();
      }
    }
    return Optional.of(config);
  }

  private static void describe(TrainConfig settings, ObjectNode json) {
    json.put("steps", settings.steps());
    json.put("tokens_per_step", settings.batchTokens());
    json.put("flops_per_step", settings.flopsPerStep());
    json.put("parameters", settings.numParams());
    json.put("dim", settings.model().dim());
    json.put("layers", settings.model().numLayers());
  }

  /// What the page draws of a forecast; `auspex scale verify` is what checks the seal.
  private static ObjectNode forecast(JsonNode sealed) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    for (String key :
        new String[] {"metric", "predicted", "low", "high", "level", "time", "seal"}) {
      json.set(key, sealed.path(key));
    }
    json.set("compute_ratio", sealed.path("compute_ratio"));
    return json;
  }

  private static Optional<JsonNode> read(Path file) {
    try {
      return Files.isRegularFile(file) ? Optional.of(Json.readTree(file)) : Optional.empty();
    } catch (FileException _) {
      return Optional.empty(); // a broken file is told by the command that needs it
    }
  }
}

package dev.auspex.scaling;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What the register asks of a run folder: has it started, when, and what did it come to.
///
/// @param path the run's folder
/// @param part where the forecast and its outcome lie: the same folder, or one inside
record RunFolder(Path path, Path part) {
  RunFolder(Path path) {
    this(path, path);
  }

  static RunFolder of(Path path, String part) {
    return new RunFolder(path, part.isEmpty() ? path : path.resolve(part));
  }

  Path config() {
    return path.resolve("config.yaml");
  }

  Path forecast() {
    return part.resolve("forecast.json");
  }

  Path score() {
    return part.resolve("score.json");
  }

  /// What shows that training has begun, where anything does.
  Optional<String> traceOfTraining() {
    try {
      Path metrics = path.resolve("metrics.jsonl");
      if (Files.exists(metrics) && Files.size(metrics) > 0) {
        return Optional.of("metrics.jsonl");
      }
      if (Files.exists(path.resolve("result.json"))) {
        return Optional.of("result.json");
      }
      for (String folder : new String[] {"checkpoints", "model"}) {
        if (holdsAnything(path.resolve(folder))) {
          return Optional.of(folder);
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new FileException(path, e);
    }
  }

  private static boolean holdsAnything(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      return entries.iterator().hasNext();
    }
  }

  /// When the run began: its first metrics line that carries a time, else the manifest's `started`.
  Optional<Instant> started() {
    Path metrics = path.resolve("metrics.jsonl");
    if (Files.isRegularFile(metrics)) {
      try (Stream<String> lines = Files.lines(metrics)) {
        Optional<Instant> first =
            lines.limit(100).flatMap(line -> time(tree(line), "time").stream()).findFirst();
        if (first.isPresent()) {
          return first;
        }
      } catch (IOException e) {
        throw new FileException(metrics, e);
      }
    }
    Path manifest = path.resolve("manifest.json");
    return Files.isRegularFile(manifest)
        ? time(Json.readTree(manifest), "started")
        : Optional.empty();
  }

  /// The run's final `metric`, where it has ended.
  OptionalDouble result(String metric) {
    Path result = part.resolve("result.json");
    if (!Files.isRegularFile(result)) {
      return OptionalDouble.empty();
    }
    JsonNode value = Json.readTree(result).get(metric);
    if (value == null || !value.isNumber() || !(value.doubleValue() > 0)) {
      throw new RegisterException(
          "%s of %s (%s) must be a positive number; the forecast was for this metric"
              .formatted(metric, result, value));
    }
    return OptionalDouble.of(value.doubleValue());
  }

  private static JsonNode tree(String line) {
    try {
      return Json.MAPPER.readTree(line);
    } catch (JacksonException _) {
      // A line cut short by a crash carries no time; the trainer repairs it, not the register.
      return Json.MAPPER.createObjectNode();
    }
  }

  /// An instant given as ISO-8601 text, or as seconds or milliseconds since 1970.
  private static Optional<Instant> time(JsonNode tree, String key) {
    JsonNode value = tree.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value.isNumber()) {
      double number = value.doubleValue();
      return Optional.of(Instant.ofEpochMilli((long) (number < 1e11 ? number * 1000 : number)));
    }
    try {
      return Optional.of(Instant.parse(value.asString()));
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }
}

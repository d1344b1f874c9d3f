package dev.auspex.cli;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/// `bench/history.jsonl`: what every benchmark ever printed, one line each.
final class BenchHistory {
  private BenchHistory() {}

  /// The folder of the benchmarks, in the source tree the launcher belongs to.
  static Path folder() {
    return Path.of(System.getProperty("auspex.home", "."), "bench");
  }

  /// Adds a benchmark's document with the time.
  static void append(String bench, Map<String, Object> document) {
    append(folder(), bench, document);
  }

  static void append(Path folder, String bench, Map<String, Object> document) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", Instant.now().toString());
    line.put("bench", bench);
    line.putAll(document);
    Path history = folder.resolve("history.jsonl");
    try {
      Files.createDirectories(folder);
      Files.writeString(
          history, Json.line(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new FileException(history, e);
    }
  }
}

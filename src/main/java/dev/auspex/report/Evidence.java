package dev.auspex.report;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// The files of a run folder as a report reads them; remembers which were there and their hashes.
final class Evidence {
  private final Path run;
  private final Map<String, String> hashes = new TreeMap<>();
  private final TreeSet<String> missing = new TreeSet<>();

  Evidence(Path run) {
    this.run = run;
  }

  /// Whether a file is there; notes it either way.
  boolean has(String name) {
    Path file = run.resolve(name);
    if (Files.isRegularFile(file)) {
      hashes.computeIfAbsent(name, _ -> Hashes.sha256(file));
      return true;
    }
    missing.add(name);
    return false;
  }

  JsonNode json(String name) {
    return Json.readTree(run.resolve(name));
  }

  /// The objects of a JSON-lines file; a last line cut short is left out.
  List<JsonNode> lines(String name) {
    List<JsonNode> nodes = new ArrayList<>();
    for (String line : text(name).split("\n")) {
      if (line.startsWith("{") && line.endsWith("}")) {
        nodes.add(Json.MAPPER.readTree(line));
      }
    }
    return nodes;
  }

  String text(String name) {
    Path file = run.resolve(name);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  Map<String, String> hashes() {
    return hashes;
  }

  List<String> missing() {
    return List.copyOf(missing);
  }
}

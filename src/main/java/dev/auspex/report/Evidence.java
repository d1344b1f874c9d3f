package dev.auspex.report;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// The files of a run folder, each read once; remembers hashes, what was missing, and which number
/// came from where.
final class Evidence {
  /// A number in the report and where it was read.
  ///
  /// @param claim what the number says
  /// @param value the number as in the file
  /// @param file the file, relative to the run folder
  /// @param pointer the place in it
  record Claim(String claim, JsonNode value, String file, String pointer) {}

  private final Path run;
  private final Map<String, String> hashes = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();
  private final List<Claim> claims = new ArrayList<>();

  Evidence(Path run) {
    this.run = run;
  }

  /// A JSON file, or nothing, which is noted.
  Optional<Source> json(String name) {
    return text(name).map(_ -> new Source(this, name, Json.readTree(run.resolve(name))));
  }

  /// The first of several names there is; when none is, the first is noted as missing.
  Optional<Source> jsonAny(String... names) {
    for (String name : names) {
      if (Files.isRegularFile(run.resolve(name))) {
        return json(name);
      }
    }
    missing.add(names[0]);
    return Optional.empty();
  }

  /// A file of JSON objects, one a line; a last line that was cut short is left out.
  Optional<Source> lines(String name) {
    return text(name).map(text -> new Source(this, name, parseLines(run.resolve(name), text)));
  }

  /// A file's text, or nothing, which is noted.
  Optional<String> text(String name) {
    Path file = run.resolve(name);
    if (!Files.isRegularFile(file)) {
      missing.add(name);
      return Optional.empty();
    }
    try {
      hashes.put(name, Hashes.sha256(file));
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  void cite(String claim, JsonNode value, String file, String pointer) {
    claims.add(new Claim(claim, value, file, pointer));
  }

  Map<String, String> hashes() {
    return hashes;
  }

  List<String> missing() {
    return missing;
  }

  List<Claim> claims() {
    return claims;
  }

  /// Whole lines as an array; shared with the check of a report.
  static ArrayNode parseLines(Path file, String text) {
    ArrayNode nodes = Json.MAPPER.createArrayNode();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      if (lines[i].isBlank()) {
        continue;
      }
      try {
        nodes.add(Json.MAPPER.readTree(lines[i]));
      } catch (JacksonException e) {
        if (i == lines.length - 1) {
          return nodes;
        }
        throw new ReportException(
            "%s line %d must be one JSON object (%s); restore the file or remove the line"
                .formatted(file, i + 1, Json.reason(e)));
      }
    }
    return nodes;
  }
}

package dev.auspex.scaling;

import dev.auspex.io.Json;
import dev.auspex.scaling.TableFile.Row;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/// Rows of JSON: one object a line, one object over several lines, or an array of objects. Nested
/// objects become columns with dotted names; NaN and Infinity, as Python writes them, are read.
final class JsonRows {
  private static final ObjectReader READER =
      Json.MAPPER.reader().with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);
  private static final String RULE = "must be one JSON object%s; one run or step a line";

  private JsonRows() {}

  /// One object a line; where the first line is not whole, one object of many lines.
  static List<Row> lines(Path file, BufferedReader reader) throws IOException {
    List<String> lines = reader.lines().toList();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      try {
        rows.add(row(file, i + 1, READER.readTree(lines.get(i).replace("\uFEFF", ""))));
      } catch (JacksonException e) {
        if (!rows.isEmpty()) {
          throw broken(file, i + 1, e);
        }
        return List.of(whole(file, lines, i + 1, e));
      }
    }
    return rows;
  }

  private static Row whole(Path file, List<String> lines, int line, JacksonException ofLine) {
    try {
      return row(file, line, READER.readTree(lines.stream().collect(Collectors.joining("\n"))));
    } catch (JacksonException _) {
      throw broken(file, line, ofLine);
    }
  }

  /// An array of objects.
  static List<Row> array(Path file, BufferedReader reader) throws IOException {
    List<Row> rows = new ArrayList<>();
    int line = 1;
    try (JsonParser parser = READER.createParser(reader)) {
      parser.nextToken();
      for (JsonToken token = parser.nextToken();
          token != null && token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        line = parser.currentTokenLocation().getLineNr();
        JsonNode tree = parser.readValueAsTree();
        rows.add(row(file, line, tree));
      }
    } catch (JacksonException e) {
      throw broken(file, line, e);
    }
    return rows;
  }

  private static ScalingException broken(Path file, int line, JacksonException e) {
    return new ScalingException(
        "%s line %d %s".formatted(file, line, RULE.formatted(" (" + Json.reason(e) + ")")));
  }

  private static Row row(Path file, int line, JsonNode tree) {
    if (!tree.isObject()) {
      throw new ScalingException("%s line %d %s".formatted(file, line, RULE.formatted("")));
    }
    Map<String, String> cells = new LinkedHashMap<>();
    flatten("", tree, cells);
    return new Row(line, cells);
  }

  private static void flatten(String prefix, JsonNode tree, Map<String, String> cells) {
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      String column = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        flatten(column + ".", value, cells);
      } else if (!value.isNull()) {
        cells.put(column, value.isArray() ? value.toString() : value.asString(""));
      }
    }
  }
}

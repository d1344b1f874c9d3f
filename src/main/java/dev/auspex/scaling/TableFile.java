package dev.auspex.scaling;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Rows of a CSV, TSV or JSONL file, plain or gzipped, as text by column.
///
/// A CSV or TSV file whose first line holds a number has no header: its columns are `1`, `2` and so
/// on. Nested JSON objects become columns with dotted names. Knows nothing of what columns mean.
final class TableFile {
  /// One row.
  ///
  /// @param line its line in the file, from 1
  /// @param cells text by column
  record Row(int line, Map<String, String> cells) {}

  private static final Pattern NUMBER = Pattern.compile("[-+]?[0-9.]+([eE][-+]?[0-9]+)?");

  private TableFile() {}

  /// All rows of `file`.
  static List<Row> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new FileException(
          file + " must be a CSV, TSV or JSONL file of runs; it does not exist");
    }
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(open(file), StandardCharsets.UTF_8))) {
      return stem(file, ".gz").matches(".*\\.(jsonl|ndjson|json)$")
          ? readJson(file, reader)
          : readDelimited(file, reader);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// The file's name without `suffix`.
  static String stem(Path file, String suffix) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    return String.valueOf(file.getFileName()).endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  private static List<Row> readJson(Path file, BufferedReader reader) throws IOException {
    List<Row> rows = new ArrayList<>();
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      JsonNode tree;
      try {
        tree = Json.MAPPER.readTree(line);
      } catch (JacksonException e) {
        throw new ScalingException(
            "%s line %d must be one JSON object (%s); one run or step a line"
                .formatted(file, number, Json.reason(e)));
      }
      if (!tree.isObject()) {
        throw new ScalingException(
            "%s line %d must be one JSON object; one run or step a line".formatted(file, number));
      }
      Map<String, String> cells = new LinkedHashMap<>();
      flatten("", tree, cells);
      rows.add(new Row(number, cells));
    }
    return rows;
  }

  private static void flatten(String prefix, JsonNode tree, Map<String, String> cells) {
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      String column = prefix + entry.getKey();
      if (entry.getValue().isObject()) {
        flatten(column + ".", entry.getValue(), cells);
      } else if (!entry.getValue().isNull()) {
        cells.put(column, entry.getValue().asString(""));
      }
    }
  }

  private static List<Row> readDelimited(Path file, BufferedReader reader) throws IOException {
    List<Row> rows = new ArrayList<>();
    List<String> header = List.of();
    char delimiter = ',';
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      int first = ++number;
      if (line.isBlank()) {
        continue;
      }
      while (oddQuotes(line)) {
        String next = reader.readLine();
        if (next == null) {
          throw new ScalingException(
              "%s line %d must close its quote before the file ends".formatted(file, first));
        }
        number++;
        line = line + "\n" + next;
      }
      if (header.isEmpty()) {
        String start = line.startsWith("\uFEFF") ? line.substring(1) : line;
        delimiter = start.indexOf('\t') >= 0 ? '\t' : ',';
        List<String> fields = split(start, delimiter);
        if (fields.stream().noneMatch(field -> NUMBER.matcher(field).matches())) {
          header = fields;
          continue;
        }
        header = IntStream.rangeClosed(1, fields.size()).mapToObj(String::valueOf).toList();
      }
      rows.add(new Row(first, cells(file, first, header, split(line, delimiter))));
    }
    return rows;
  }

  private static Map<String, String> cells(
      Path file, int line, List<String> header, List<String> fields) {
    if (fields.size() != header.size()) {
      throw new ScalingException(
          "%s line %d must have %d fields as the header has, and has %d; quote fields with commas"
              .formatted(file, line, header.size(), fields.size()));
    }
    Map<String, String> cells = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      cells.put(header.get(i), fields.get(i));
    }
    return cells;
  }

  private static boolean oddQuotes(String line) {
    return line.chars().filter(c -> c == '"').count() % 2 == 1;
  }

  private static List<String> split(String line, char delimiter) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == delimiter && !quoted) {
        fields.add(field.toString().strip());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString().strip());
    return fields;
  }
}

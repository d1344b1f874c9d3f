package dev.auspex.scaling;

import dev.auspex.scaling.TableFile.Row;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Rows of text with columns: divided by tabs, else by commas or semicolons, whichever the first
/// line has more of, else by white space; fields may be quoted.
///
/// Lines before the first row that begin with `#` are remarks; the last of them is the header where
/// it has as many columns as the numbers below it. Without one, a first line that holds a number is
/// a row, and the columns are `1`, `2` and so on.
final class DelimitedRows {
  private static final Pattern NUMBER = Pattern.compile("[-+]?[0-9.]+([eE][-+]?[0-9]+)?");
  private static final char SPACE = ' ';

  private final Path file;
  private final BufferedReader reader;
  private final List<Row> rows = new ArrayList<>();
  private List<String> header = List.of();
  private String remark = "";
  private char delimiter = ',';
  private int number;

  private DelimitedRows(Path file, BufferedReader reader) {
    this.file = file;
    this.reader = reader;
  }

  static List<Row> read(Path file, BufferedReader reader) throws IOException {
    return new DelimitedRows(file, reader).read();
  }

  private List<Row> read() throws IOException {
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      int first = ++number;
      String start = first == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
      if (start.isBlank()) {
        continue;
      }
      if (header.isEmpty() && start.startsWith("#")) {
        remark = start.replaceFirst("#+\\s*", "");
        continue;
      }
      String whole = closed(start, first);
      if (header.isEmpty() && isHeader(whole)) {
        continue;
      }
      rows.add(new Row(first, cells(first, split(whole))));
    }
    return rows;
  }

  /// The line with those that its open quote goes on over.
  private String closed(String start, int first) throws IOException {
    String line = start;
    while (line.chars().filter(c -> c == '"').count() % 2 == 1) {
      String next = reader.readLine();
      if (next == null) {
        throw new ScalingException(
            "%s line %d must close its quote before the file ends".formatted(file, first));
      }
      number++;
      line = line + "\n" + next;
    }
    return line;
  }

  /// Settles the columns by the first line; whether it is no more than their names.
  private boolean isHeader(String line) {
    delimiter = delimiter(line);
    List<String> fields = split(line);
    boolean names = fields.stream().noneMatch(field -> NUMBER.matcher(field).matches());
    List<String> above = split(remark);
    if (names) {
      header = distinct(fields);
    } else if (!remark.isEmpty() && above.size() == fields.size()) {
      header = distinct(above);
    } else {
      header = IntStream.rangeClosed(1, fields.size()).mapToObj(String::valueOf).toList();
    }
    return names;
  }

  private static char delimiter(String line) {
    long commas = line.chars().filter(c -> c == ',').count();
    long semicolons = line.chars().filter(c -> c == ';').count();
    if (line.indexOf('\t') >= 0) {
      return '\t';
    }
    return commas + semicolons == 0 ? SPACE : commas >= semicolons ? ',' : ';';
  }

  /// Names that come again get `.1`, `.2` and so on.
  private static List<String> distinct(List<String> fields) {
    List<String> names = new ArrayList<>();
    for (String field : fields) {
      String name = field;
      for (int copy = 1; names.contains(name); copy++) {
        name = field + "." + copy;
      }
      names.add(name);
    }
    return names;
  }

  private Map<String, String> cells(int line, List<String> fields) {
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

  private List<String> split(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    String text = delimiter == SPACE ? line.strip().replaceAll("\\s+", " ") : line;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
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

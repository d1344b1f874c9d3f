package dev.auspex.scaling;

import dev.auspex.io.FileException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/// Rows of a table of text, plain or gzipped, by column. Knows nothing of what columns mean.
///
/// What begins with a brace or a bracket is JSON ({@link JsonRows}), all else delimited text
/// ({@link DelimitedRows}); gzip is told by its first bytes, whatever the file is called.
final class TableFile {
  /// One row.
  ///
  /// @param line its line in the file, from 1
  /// @param cells text by column
  record Row(int line, Map<String, String> cells) {}

  private static final String EXTENSION = "\\.(csv|tsv|jsonl|ndjson|json|txt|dat)$";
  private static final int DEPTH = 2;
  private static final int LOOK_AHEAD = 1 << 13;

  private TableFile() {}

  /// All rows of `file`.
  static List<Row> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new FileException(
          file
              + " must be a CSV, TSV or JSONL file of runs, or a folder of them; it does not"
              + " exist");
    }
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(open(file), StandardCharsets.UTF_8))) {
      return switch (first(file, reader)) {
        case '{' -> JsonRows.lines(file, reader);
        case '[' -> JsonRows.array(file, reader);
        default -> DelimitedRows.read(file, reader);
      };
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// The file itself; of a folder, the CSV, TSV and JSONL files in it and in its folders, in order.
  static List<Path> in(Path place) {
    if (!Files.isDirectory(place)) {
      return List.of(place);
    }
    try (Stream<Path> found = Files.walk(place, DEPTH)) {
      List<Path> files =
          found
              .filter(Files::isRegularFile)
              .filter(file -> stem(file, ".gz").matches(".*\\.(csv|tsv|jsonl|ndjson)$"))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new FileException(
            place
                + " must hold files .csv, .tsv or .jsonl, also as .gz; name other files yourself");
      }
      return files;
    } catch (IOException e) {
      throw new FileException(place, e);
    }
  }

  /// The file's name without what tells its form.
  static String stem(Path file) {
    return stem(file, ".gz").replaceFirst(EXTENSION, "");
  }

  private static String stem(Path file, String suffix) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    in.mark(2);
    boolean zipped = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return zipped ? new GZIPInputStream(in) : in;
  }

  /// The first character that is no white space; 0 where there is none.
  private static int first(Path file, BufferedReader reader) throws IOException {
    reader.mark(LOOK_AHEAD);
    char[] start = new char[LOOK_AHEAD];
    int length = Math.max(0, reader.read(start, 0, start.length));
    reader.reset();
    String text = new String(start, 0, length);
    if (text.indexOf('\0') >= 0) {
      throw new FileException(
          file
              + " must be text in UTF-8 (CSV, TSV or JSONL); it holds zero bytes, export it as"
              + " CSV");
    }
    return text.chars()
        .filter(c -> c != '\uFEFF' && !Character.isWhitespace(c))
        .findFirst()
        .orElse(0);
  }
}

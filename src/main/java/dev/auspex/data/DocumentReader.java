package dev.auspex.data;

import com.github.luben.zstd.ZstdInputStream;
import dev.auspex.io.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads the documents of one source in a fixed order, with memory for one document at a time.
///
/// Folders are walked by name; `.zip` and `.jar` are opened; `.jsonl` gives a document a line;
// `.gz`
/// and `.zst` are unpacked on the way. What cannot be read goes to the ledger and reading goes on.
final class DocumentReader {
  private final ReadOptions options;
  private final SourceLedger ledger;
  private final Consumer<Document> sink;
  private final List<PathMatcher> include;

  DocumentReader(ReadOptions options, SourceLedger ledger, Consumer<Document> sink) {
    this.options = options;
    this.ledger = ledger;
    this.sink = sink;
    this.include =
        options.include().stream()
            .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
            .toList();
  }

  /// Reads all of `source`.
  /// @throws DataException when it does not exist
  void read(Path source) {
    if (Files.isDirectory(source)) {
      for (Path file : filesBelow(source)) {
        readFile(file);
      }
    } else if (Files.isReadable(source)) {
      readFile(source);
    } else {
      throw new DataException(
          "source (" + source + ") must be a readable file or folder; check the path");
    }
  }

  private static List<Path> filesBelow(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile)
          .sorted(Comparator.comparing(path -> folder.relativize(path).toString()))
          .toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new DataException("source (" + folder + ") must be readable: " + e.getMessage());
    }
  }

  private void readFile(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    try {
      if (name.endsWith(".zip") || name.endsWith(".jar")) {
        readArchive(file);
      } else {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
          readStream(file.toString(), name, in);
        }
      }
    } catch (IOException e) {
      ledger.drop("unreadable", 0, file + " (" + oneLine(e) + ")");
    }
  }

  private void readArchive(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      List<ZipEntry> entries = new java.util.ArrayList<>();
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        entries.add(all.nextElement());
      }
      entries.sort(Comparator.comparing(ZipEntry::getName));
      for (ZipEntry entry : entries) {
        if (!entry.isDirectory()) {
          String where = file + "!" + entry.getName();
          try (InputStream in = zip.getInputStream(entry)) {
            readStream(where, entry.getName().toLowerCase(Locale.ROOT), in);
          } catch (IOException e) {
            ledger.drop("broken_archive_entry", 0, where + " (" + oneLine(e) + ")");
          }
        }
      }
    } catch (ZipException e) {
      ledger.drop("broken_archive", Files.size(file), file + " (" + oneLine(e) + ")");
    }
  }

  private void readStream(String where, String name, InputStream in) throws IOException {
    if (name.endsWith(".gz")) {
      readStream(where, name.substring(0, name.length() - 3), new GZIPInputStream(in, 1 << 16));
    } else if (name.endsWith(".zst")) {
      readStream(where, name.substring(0, name.length() - 4), new ZstdInputStream(in));
    } else if (name.endsWith(".jsonl")) {
      readJsonLines(where, in);
    } else if (included(name)) {
      byte[] bytes = Lines.whole(in, options.maxDocumentBytes());
      if (bytes == null) {
        ledger.drop("too_long", options.maxDocumentBytes(), where);
      } else {
        accept(where, bytes);
      }
    }
  }

  private boolean included(String name) {
    Path last = Path.of(name).getFileName();
    return include.isEmpty() || include.stream().anyMatch(matcher -> matcher.matches(last));
  }

  private void readJsonLines(String where, InputStream in) throws IOException {
    Lines lines = new Lines(in, options.maxDocumentBytes());
    for (long number = 1; lines.next(); number++) {
      String place = where + ":" + number;
      if (lines.tooLong()) {
        ledger.drop("too_long", lines.length(), place);
      } else if (lines.length() > 0) {
        readJsonLine(place, lines.bytes());
      }
    }
  }

  private void readJsonLine(String place, byte[] line) {
    JsonNode node;
    try {
      node = Json.MAPPER.readTree(line);
    } catch (JacksonException e) {
      ledger.drop("broken_json_line", line.length, place + " (" + Json.reason(e) + ")");
      return;
    }
    JsonNode text = node.path(options.textField());
    if (text.isString()) {
      accept(place, text.asString().getBytes(StandardCharsets.UTF_8));
    } else {
      ledger.drop("no_text_field", line.length, place + " (no \"" + options.textField() + "\")");
    }
  }

  private void accept(String where, byte[] bytes) {
    if (bytes.length == 0) {
      ledger.drop("empty", 0, where);
      return;
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      ledger.drop("invalid_utf8", bytes.length, where);
      return;
    }
    if (text.indexOf('\0') >= 0) {
      ledger.drop("binary", bytes.length, where);
      return;
    }
    byte[] kept = bytes;
    if (options.stripLicenceHeaders()) {
      kept = withoutHeader(text).getBytes(StandardCharsets.UTF_8);
    }
    if (kept.length == 0) {
      ledger.drop("empty", 0, where);
    } else {
      sink.accept(new Document(where, kept));
    }
  }

  private static String withoutHeader(String text) {
    String body = text.stripLeading();
    if (!body.startsWith("/*")) {
      return text;
    }
    int end = body.indexOf("*/");
    String header = end < 0 ? "" : body.substring(0, end).toLowerCase(Locale.ROOT);
    boolean licence = header.contains("copyright") || header.contains("licen");
    return licence ? body.substring(end + 2).stripLeading() : text;
  }

  private static String oneLine(IOException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse("");
  }

  /// Splits a stream into lines without ever holding one that is too long.
  private static final class Lines {
    private final InputStream in;
    private final int limit;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long length;

    Lines(InputStream in, int limit) {
      this.in = new BufferedInputStream(in, 1 << 16);
      this.limit = limit;
    }

    /// Moves to the next line; false at the end.
    boolean next() throws IOException {
      line.reset();
      length = 0;
      int b = in.read();
      if (b < 0) {
        return false;
      }
      for (; b >= 0 && b != '\n'; b = in.read()) {
        if (length++ < limit) {
          line.write(b);
        }
      }
      return true;
    }

    boolean tooLong() {
      return length > limit;
    }

    long length() {
      return length;
    }

    byte[] bytes() {
      return line.toByteArray();
    }

    /// A whole stream, or null where it is longer than `limit`.
    static byte @org.jspecify.annotations.Nullable [] whole(InputStream in, int limit)
        throws IOException {
      byte[] bytes = in.readNBytes(limit);
      return bytes.length == limit && in.read() >= 0 ? null : bytes;
    }
  }
}

package dev.auspex.data;

import dev.auspex.data.ReadOptions.LongDocuments;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// Makes documents of JSON lines: one object a line, the text in one of its fields.
///
/// A bad line costs that line only. No line is held that is longer than twice the largest document;
/// where long documents are split, up to twice [#SPLIT] bytes are, however short the parts.
final class JsonLines {
  private static final int SLACK = 1 << 16;
  private static final int SPLIT = 16 << 20;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private final ReadOptions options;
  private final Drops drops;
  private final Cleaner cleaner;
  private final int longestLine;
  private final byte[] chunk = new byte[1 << 16];
  private byte[] line = new byte[1 << 12];
  private int length;
  private boolean tooLong;

  JsonLines(ReadOptions options, Drops drops, Cleaner cleaner) {
    this.options = options;
    this.drops = drops;
    this.cleaner = cleaner;
    int least = options.longDocuments() == LongDocuments.SPLIT ? SPLIT : 0;
    this.longestLine = 2 * Math.max(least, options.maxDocumentBytes()) + SLACK;
  }

  /// Reads all lines of `in`; complete lines before a failure are kept.
  void read(String path, InputStream in) throws IOException {
    long number = 1;
    long skipped = 0;
    boolean empty = true;
    reset();
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      int start = 0;
      for (int i = 0; i < n; i++) {
        if (chunk[i] == '\n') {
          skipped += append(start, i - start);
          line(path, number++, skipped);
          skipped = 0;
          start = i + 1;
        }
      }
      skipped += append(start, n - start);
      empty &= n == 0;
    }
    if (empty) {
      drops.add(DropReason.EMPTY, path, 0, "");
    }
    line(path, number, skipped);
  }

  private void reset() {
    length = 0;
    tooLong = false;
  }

  /// Adds part of the chunk to the line, or answers how much it passed over in a too long one.
  private int append(int from, int count) {
    if (tooLong || length + count > longestLine) {
      int passed = count + length;
      tooLong = true;
      length = 0;
      return passed;
    }
    if (length + count > line.length) {
      long grown = Math.max(2L * line.length, length + count);
      line = Arrays.copyOf(line, (int) Math.min(grown, longestLine));
    }
    System.arraycopy(chunk, from, line, length, count);
    length += count;
    return 0;
  }

  private void line(String path, long number, long skipped) {
    String where = path + ":" + number;
    if (tooLong) {
      drops.add(DropReason.LINE_TOO_LONG, where, skipped, "longer than " + longestLine + " bytes");
    } else {
      byte[] json = withoutMark(Arrays.copyOf(line, length), number);
      if (!isBlank(json)) {
        parse(where, json);
      }
    }
    reset();
  }

  private static byte[] withoutMark(byte[] json, long number) {
    boolean marked =
        number == 1
            && json.length >= 3
            && json[0] == (byte) 0xef
            && json[1] == (byte) 0xbb
            && json[2] == (byte) 0xbf;
    return marked ? Arrays.copyOfRange(json, 3, json.length) : json;
  }

  private static boolean isBlank(byte[] json) {
    for (byte b : json) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  private void parse(String where, byte[] json) {
    int invalid = Utf8.invalidBytes(json);
    byte[] sound = json;
    if (invalid > 0) {
      if (options.invalidUtf8() == ReadOptions.InvalidUtf8.DROP) {
        String detail = invalid + " bytes are not UTF-8";
        drops.add(DropReason.INVALID_UTF8, where, json.length, detail);
        return;
      }
      sound = Utf8.repair(json);
    }
    try {
      Optional<String> text = text(sound);
      if (text.isEmpty()) {
        String detail = "no field '" + options.textField() + "' that is a string";
        drops.add(DropReason.MISSING_TEXT, where, json.length, detail);
        return;
      }
      if (invalid > 0) {
        drops.repaired(where, invalid);
      }
      document(where, text.get());
    } catch (JacksonException e) {
      drops.add(DropReason.BROKEN_JSON, where, json.length, reason(e));
    }
  }

  private static String reason(JacksonException e) {
    String message = e.getOriginalMessage() == null ? "" : e.getOriginalMessage();
    String first = message.lines().findFirst().orElse("not JSON");
    int column = e.getLocation() == null ? -1 : e.getLocation().getColumnNr();
    return column < 0 ? first : "column " + column + ": " + first;
  }

  /// The text field of the object that `json` must be, all of it.
  private Optional<String> text(byte[] json) {
    Optional<String> text = Optional.empty();
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new tools.jackson.core.exc.StreamReadException(parser, "must be a JSON object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        boolean wanted = options.textField().equals(parser.currentName());
        JsonToken value = parser.nextToken();
        if (wanted && value == JsonToken.VALUE_STRING) {
          text = Optional.of(parser.getString());
        } else {
          parser.skipChildren();
        }
      }
      if (parser.nextToken() != null) {
        throw new tools.jackson.core.exc.StreamReadException(
            parser, "must be one JSON object a line");
      }
    }
    return text;
  }

  private void document(String where, String text) {
    int lone = Utf8.loneSurrogates(text);
    if (lone > 0) {
      drops.repaired(where, lone);
    }
    byte[] bytes = Utf8.bytes(text);
    int limit = options.maxDocumentBytes();
    if (bytes.length <= limit) {
      cleaner.accept(where, where, bytes, true);
    } else if (options.longDocuments() == LongDocuments.DROP) {
      String detail = "longer than max-document-bytes (" + limit + ")";
      drops.add(DropReason.TOO_LONG, where, bytes.length, detail);
    } else {
      parts(where, bytes, limit);
    }
  }

  private void parts(String where, byte[] bytes, int limit) {
    int part = 1;
    int end;
    for (int start = 0; start < bytes.length; start = end) {
      byte[] rest = Arrays.copyOfRange(bytes, start, Math.min(start + limit + 1, bytes.length));
      int length = rest.length <= limit ? rest.length : TextCutter.cutPoint(rest, limit);
      cleaner.accept(where + "#" + part, where, Arrays.copyOf(rest, length), part == 1);
      end = start + length;
      part++;
    }
  }
}

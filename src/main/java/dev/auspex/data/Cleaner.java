package dev.auspex.data;

import dev.auspex.data.ReadOptions.InvalidUtf8;
import java.util.Arrays;

/// The last look at a text before it becomes a document: drops what is no text, repairs bad bytes,
/// removes the byte order mark and, where asked, licence headers.
final class Cleaner {
  private static final int ONE_NUL_IN = 1000;
  private static final int ONE_INVALID_IN = 10;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final String source;
  private final ReadOptions options;
  private final Drops drops;
  private final DocumentSink sink;

  Cleaner(String source, ReadOptions options, Drops drops, DocumentSink sink) {
    this.source = source;
    this.options = options;
    this.drops = drops;
    this.sink = sink;
  }

  /// Takes the bytes of a text.
  ///
  /// @param path its name as a document
  /// @param file the file's name, for its language
  /// @param head whether the file begins here
  void accept(String path, String file, byte[] bytes, boolean head) {
    byte[] text = bytes;
    int nul = Utf8.nulBytes(text, text.length);
    if ((long) nul * ONE_NUL_IN > text.length) {
      drops.add(DropReason.BINARY, path, text.length, nul + " NUL bytes");
      return;
    }
    int invalid = Utf8.invalidBytes(text);
    if (invalid > 0) {
      if ((long) invalid * ONE_INVALID_IN > text.length
          || options.invalidUtf8() == InvalidUtf8.DROP) {
        String detail =
            invalid + " of " + text.length + " bytes are not UTF-8; convert the file, say by iconv";
        drops.add(DropReason.INVALID_UTF8, path, text.length, detail);
        return;
      }
      drops.repaired(path, invalid);
      text = Utf8.repair(text);
    }
    if (head) {
      text = withoutMark(text);
      text = options.stripLicenceHeaders() ? LicenceHeaders.strip(file, text) : text;
    }
    if (isBlank(text)) {
      drops.add(DropReason.EMPTY, path, bytes.length, "");
    } else {
      sink.accept(new Document(source, path, text));
    }
  }

  private static byte[] withoutMark(byte[] text) {
    boolean marked =
        text.length >= 3 && Arrays.equals(text, 0, 3, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
    return marked ? Arrays.copyOfRange(text, 3, text.length) : text;
  }

  private static boolean isBlank(byte[] text) {
    for (byte b : text) {
      if (b != ' ' && (b < '\t' || b > '\r')) {
        return false;
      }
    }
    return true;
  }
}

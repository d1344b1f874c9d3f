package dev.auspex.data;

import dev.auspex.data.ReadOptions.LongDocuments;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;

/// Makes documents of a stream of text, holding no more of it than the largest document allowed.
///
/// Used by one thread; the buffer is kept from file to file.
final class TextCutter {
  private static final int SNIFFED = 8192;

  /// In bytes that are no UTF-16, one unit of 32 is half of a pair.
  private static final int ONE_LOST_IN = 500;

  private final ReadOptions options;
  private final Drops drops;
  private final Cleaner cleaner;
  private byte[] buffer = new byte[1 << 16];
  private int length;

  TextCutter(ReadOptions options, Drops drops, Cleaner cleaner) {
    this.options = options;
    this.drops = drops;
    this.cleaner = cleaner;
  }

  /// Reads `in` to its end, or only its beginning when it is no text.
  ///
  /// @param path name of the documents
  /// @param file name of the file once inflated, for its language
  /// @param size bytes to come where known, else -1
  void cut(String path, String file, InputStream in, long size) throws IOException {
    length = 0;
    fill(in, SNIFFED);
    if (Utf16Stream.startsLikeOne(buffer, length)) {
      InputStream begun = new ByteArrayInputStream(Arrays.copyOf(buffer, length));
      length = 0;
      InputStream utf8 = new Utf16Stream(new SequenceInputStream(begun, in));
      fill(utf8, SNIFFED);
      if (Utf8.replacements(buffer, length) * ONE_LOST_IN > length) {
        drops.add(DropReason.BINARY, path, Math.max(size, length), "no text in UTF-16 either");
      } else {
        cutUtf8(path, file, utf8, size);
      }
    } else {
      cutUtf8(path, file, in, size);
    }
  }

  private void cutUtf8(String path, String file, InputStream in, long size) throws IOException {
    if (length == 0) {
      drops.add(DropReason.EMPTY, path, 0, "");
      return;
    }
    int nul = Utf8.nulBytes(buffer, Math.min(length, SNIFFED));
    if (nul > 0 && length >= SNIFFED) {
      String detail = "NUL bytes; if it is text in UTF-16 without its mark, convert it to UTF-8";
      drops.add(DropReason.BINARY, path, Math.max(size, length), detail);
      return;
    }
    int limit = options.maxDocumentBytes();
    fill(in, limit + 1);
    if (length <= limit) {
      cleaner.accept(path, file, Arrays.copyOf(buffer, length), true);
    } else if (options.longDocuments() == LongDocuments.DROP) {
      String detail = "longer than max-document-bytes (" + limit + ")";
      drops.add(DropReason.TOO_LONG, path, Math.max(size, length), detail);
    } else {
      cutParts(path, file, in, limit);
    }
  }

  private void cutParts(String path, String file, InputStream in, int limit) throws IOException {
    int part = 1;
    while (length > limit) {
      int end = cutPoint(buffer, limit);
      String name = path + "#" + part;
      cleaner.accept(name, file, Arrays.copyOf(buffer, end), part == 1);
      System.arraycopy(buffer, end, buffer, 0, length - end);
      length -= end;
      part++;
      fill(in, limit + 1);
    }
    if (length > 0) {
      cleaner.accept(path + "#" + part, file, Arrays.copyOf(buffer, length), false);
    }
  }

  /// Where to cut text of more than `limit` bytes: behind the last newline of its second half, else
  /// between two characters.
  static int cutPoint(byte[] text, int limit) {
    for (int i = limit; i > limit / 2; i--) {
      if (text[i - 1] == '\n') {
        return i;
      }
    }
    return Utf8.characterStart(text, limit);
  }

  /// Reads until the buffer holds `wanted` bytes or the stream ends.
  private void fill(InputStream in, int wanted) throws IOException {
    while (length < wanted) {
      if (length == buffer.length) {
        buffer = Arrays.copyOf(buffer, (int) Math.min(wanted, 2L * buffer.length));
      }
      int n = in.read(buffer, length, Math.min(wanted, buffer.length) - length);
      if (n < 0) {
        return;
      }
      length += n;
    }
  }
}

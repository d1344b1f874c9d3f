package dev.auspex.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

/// Text in UTF-16 read as UTF-8; what is no character becomes U+FFFD.
///
/// Holds a few thousand characters. Closing it closes nothing.
final class Utf16Stream extends InputStream {
  private final Reader reader;
  private final char[] chars = new char[4096];
  private byte[] bytes = new byte[0];
  private int at;
  private int carried;

  /// @param in begins with a byte order mark
  Utf16Stream(InputStream in) {
    this.reader = new InputStreamReader(in, StandardCharsets.UTF_16);
  }

  /// Whether text begins with the byte order mark of UTF-16, and not of UTF-32.
  static boolean startsLikeOne(byte[] text, int length) {
    boolean big = length >= 2 && text[0] == (byte) 0xfe && text[1] == (byte) 0xff;
    boolean little = length >= 2 && text[0] == (byte) 0xff && text[1] == (byte) 0xfe;
    return big || little && !(length >= 4 && text[2] == 0 && text[3] == 0);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int count) throws IOException {
    while (at == bytes.length) {
      if (!fill()) {
        return -1;
      }
    }
    int length = Math.min(count, bytes.length - at);
    System.arraycopy(bytes, at, into, from, length);
    at += length;
    return length;
  }

  /// Encodes some more characters; the first half of a pair waits for the second.
  private boolean fill() throws IOException {
    int read = reader.read(chars, carried, chars.length - carried);
    int length = carried + Math.max(read, 0);
    if (length == 0) {
      return false;
    }
    boolean waits = read > 0 && Character.isHighSurrogate(chars[length - 1]);
    carried = waits ? 1 : 0;
    int whole = length - carried;
    bytes = Utf8.bytes(new String(chars, 0, whole));
    at = 0;
    chars[0] = chars[length - 1];
    return true;
  }
}

package dev.auspex.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Strict UTF-8 over byte ranges, and Strings with unpaired surrogates as bytes.
///
/// An unpaired surrogate becomes the three bytes that UTF-8's rule would give it (as WTF-8 does);
/// strict UTF-8 calls these invalid, so they can never be taken for real text.
final class Utf8 {
  private Utf8() {}

  /// The code point that starts at `i`, or -1 where no valid sequence starts before `to`.
  static int codePoint(byte[] text, int i, int to) {
    int b0 = text[i];
    if (b0 >= 0) {
      return b0;
    }
    b0 &= 0xFF;
    if (b0 < 0xC2 || b0 > 0xF4 || i + 1 >= to) {
      return -1;
    }
    int b1 = text[i + 1];
    if ((b1 & 0xC0) != 0x80) {
      return -1;
    }
    if (b0 < 0xE0) {
      return (b0 & 0x1F) << 6 | b1 & 0x3F;
    }
    if (i + 2 >= to || (text[i + 2] & 0xC0) != 0x80) {
      return -1;
    }
    if (b0 < 0xF0) {
      int value = (b0 & 0x0F) << 12 | (b1 & 0x3F) << 6 | text[i + 2] & 0x3F;
      return value < 0x800 || value >>> 11 == 0x1B ? -1 : value;
    }
    if (i + 3 >= to || (text[i + 3] & 0xC0) != 0x80) {
      return -1;
    }
    int value =
        (b0 & 0x07) << 18 | (b1 & 0x3F) << 12 | (text[i + 2] & 0x3F) << 6 | text[i + 3] & 0x3F;
    return value < 0x10000 || value > 0x10FFFF ? -1 : value;
  }

  /// Number of bytes of a code point.
  static int width(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    if (codePoint < 0x800) {
      return 2;
    }
    return codePoint < 0x10000 ? 3 : 4;
  }

  /// The end of the longest valid UTF-8 that starts at `from`; `from` itself where there is none.
  static int validEnd(byte[] text, int from, int to) {
    int i = from;
    while (i < to) {
      int codePoint = codePoint(text, i, to);
      if (codePoint < 0) {
        return i;
      }
      i += width(codePoint);
    }
    return i;
  }

  /// Whether all bytes are below 128.
  static boolean isAscii(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] < 0) {
        return false;
      }
    }
    return true;
  }

  /// The bytes of any String; [#string] gives the same String back.
  static byte[] bytes(String text) {
    byte[] strict = text.getBytes(StandardCharsets.UTF_8);
    // An unpaired surrogate became a question mark. Reading back is faster than looking for one.
    return new String(strict, StandardCharsets.UTF_8).equals(text) ? strict : loose(text);
  }

  /// The String of any bytes: surrogates come back, other invalid bytes become U+FFFD.
  static String string(byte[] bytes) {
    int i = 0;
    int done = 0;
    StringBuilder text = new StringBuilder();
    while (i + 2 < bytes.length) {
      if (bytes[i] == (byte) 0xED
          && (bytes[i + 1] & 0xE0) == 0xA0
          && (bytes[i + 2] & 0xC0) == 0x80) {
        text.append(new String(bytes, done, i - done, StandardCharsets.UTF_8));
        text.append((char) (0xD000 | (bytes[i + 1] & 0x3F) << 6 | bytes[i + 2] & 0x3F));
        i += 3;
        done = i;
      } else {
        i++;
      }
    }
    if (done == 0) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    text.append(new String(bytes, done, bytes.length - done, StandardCharsets.UTF_8));
    return text.toString();
  }

  private static byte[] loose(String text) {
    byte[] out = new byte[text.length() * 3];
    int n = 0;
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      switch (width(codePoint)) {
        case 1 -> out[n++] = (byte) codePoint;
        case 2 -> {
          out[n++] = (byte) (0xC0 | codePoint >> 6);
          out[n++] = (byte) (0x80 | codePoint & 0x3F);
        }
        case 3 -> {
          out[n++] = (byte) (0xE0 | codePoint >> 12);
          out[n++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
          out[n++] = (byte) (0x80 | codePoint & 0x3F);
        }
        default -> {
          out[n++] = (byte) (0xF0 | codePoint >> 18);
          out[n++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
          out[n++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
          out[n++] = (byte) (0x80 | codePoint & 0x3F);
        }
      }
    }
    return Arrays.copyOf(out, n);
  }
}

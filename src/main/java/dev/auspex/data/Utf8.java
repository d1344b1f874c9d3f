package dev.auspex.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Questions about bytes that should be UTF-8. Knows no files.
final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long LOW_BITS = 0x0101010101010101L;

  private Utf8() {}

  /// How many of the bytes belong to no well-formed character.
  static int invalidBytes(byte[] text) {
    int invalid = 0;
    int i = 0;
    while (i < text.length) {
      if (i + 8 <= text.length && ((long) LONGS.get(text, i) & HIGH_BITS) == 0) {
        i += 8;
        continue;
      }
      int length = sequence(text, i);
      if (length == 0) {
        invalid++;
        i++;
      } else {
        i += length;
      }
    }
    return invalid;
  }

  /// Length of the well-formed character at `i`, 0 where there is none (Unicode, table 3-7).
  private static int sequence(byte[] text, int i) {
    int first = text[i] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
      return 0;
    }
    int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (i + length > text.length) {
      return 0;
    }
    int second = text[i + 1] & 0xff;
    int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) {
      return 0;
    }
    for (int k = 2; k < length; k++) {
      if ((text[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return length;
  }

  /// The text with U+FFFD for what is not UTF-8.
  static byte[] repair(byte[] text) {
    return new String(text, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
  }

  /// How many NUL bytes are among the first `length`.
  static int nulBytes(byte[] text, int length) {
    int count = 0;
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      long word = (long) LONGS.get(text, i);
      if (((word - LOW_BITS) & ~word & HIGH_BITS) != 0) {
        for (int k = i; k < i + 8; k++) {
          count += text[k] == 0 ? 1 : 0;
        }
      }
    }
    for (; i < length; i++) {
      count += text[i] == 0 ? 1 : 0;
    }
    return count;
  }

  /// The last position at or before `end` where a character begins, seen from well-formed text;
  /// `end` itself where no character begins in the four bytes before.
  static int characterStart(byte[] text, int end) {
    for (int i = end; i > end - 4 && i > 0; i--) {
      if ((text[i] & 0xc0) != 0x80) {
        return i;
      }
    }
    return end;
  }

  /// How many surrogates of `text` stand alone.
  static int loneSurrogates(String text) {
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (isPair(text, i)) {
          i++;
        } else {
          count++;
        }
      }
    }
    return count;
  }

  /// The text with U+FFFD for surrogates that stand alone.
  static String withoutLoneSurrogates(String text) {
    StringBuilder result = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (isPair(text, i)) {
          i++;
        } else {
          result.setCharAt(i, '\ufffd');
        }
      }
    }
    return result.toString();
  }

  /// How often the first `length` bytes have U+FFFD.
  static int replacements(byte[] text, int length) {
    int count = 0;
    for (int i = 2; i < length; i++) {
      boolean one =
          text[i] == (byte) 0xbd && text[i - 1] == (byte) 0xbf && text[i - 2] == (byte) 0xef;
      count += one ? 1 : 0;
    }
    return count;
  }

  /// The bytes of a text; lone surrogates become U+FFFD.
  static byte[] bytes(String text) {
    String sound = loneSurrogates(text) == 0 ? text : withoutLoneSurrogates(text);
    return sound.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isPair(String text, int i) {
    return i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
  }
}

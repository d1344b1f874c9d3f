package dev.auspex.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Hashing of a piece by its first and last eight bytes and its length.
final class PieceHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private PieceHash() {}

  /// The first eight bytes, the first in the lowest place; shorter pieces are filled with zeros.
  static long head(byte[] text, int from, int length) {
    if (length >= 8) {
      return (long) LONG.get(text, from);
    }
    if (from + 8 <= text.length) {
      return (long) LONG.get(text, from) & (1L << 8 * length) - 1;
    }
    long value = 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | text[from + i] & 0xFF;
    }
    return value;
  }

  /// The hash of a piece whose [#head] is known.
  static int hash(long head, byte[] text, int from, int length) {
    long tail = length > 8 ? (long) LONG.get(text, from + length - 8) : 0;
    long h = (head ^ Long.rotateLeft(tail * 0xC2B2AE3D27D4EB4FL, 31)) + length;
    h *= 0x9E3779B97F4A7C15L;
    h ^= h >>> 29;
    h *= 0xBF58476D1CE4E5B9L;
    return (int) (h >>> 32);
  }
}

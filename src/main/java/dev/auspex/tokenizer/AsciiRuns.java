package dev.auspex.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Counts letters and spaces eight bytes at a time, without a branch a byte.
final class AsciiRuns {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x80 * ONES;

  private AsciiRuns() {}

  /// How many of the eight bytes from `at` on are letters before the first that is none.
  static int letters(byte[] text, int at) {
    long bytes = (long) LONG.get(text, at);
    long lower = (bytes | 0x20 * ONES) & ~HIGH;
    long fromA = lower + (0x80 - 'a') * ONES; // high bit: at least 'a'
    long beyondZ = lower + (0x80 - 'z' - 1) * ONES; // high bit: more than 'z'
    long others = ~(fromA & ~beyondZ & ~bytes) & HIGH;
    return Long.numberOfTrailingZeros(others) >>> 3;
  }

  /// How many of the eight bytes from `at` on are spaces before the first that is none.
  static int spaces(byte[] text, int at) {
    long others = (long) LONG.get(text, at) ^ 0x20 * ONES;
    return Long.numberOfTrailingZeros(others) >>> 3;
  }
}

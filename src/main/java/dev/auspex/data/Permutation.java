package dev.auspex.data;

/// A keyed shuffle of `0 .. size-1` that needs no table: a four-round Feistel network over the next
/// even power of two, walked until it lands inside (Black and Rogaway 2002, "Ciphers with arbitrary
/// finite domains").
final class Permutation {
  private static final int ROUNDS = 4;

  private final long size;
  private final long key;
  private final int halfBits;
  private final long halfMask;

  Permutation(long size, long key) {
    this.size = size;
    this.key = key;
    int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(Math.max(1, size - 1)));
    this.halfBits = (bits + 1) / 2;
    this.halfMask = (1L << halfBits) - 1;
  }

  /// Where `index` goes; a bijection on `0 .. size-1`.
  long of(long index) {
    long value = index;
    do {
      value = rounds(value);
    } while (value >= size);
    return value;
  }

  private long rounds(long value) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (mix(right ^ key + round * 0x9E3779B97F4A7C15L) & halfMask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
  static long mix(long z) {
    long y = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    y = (y ^ y >>> 27) * 0x94D049BB133111EBL;
    return y ^ y >>> 31;
  }
}

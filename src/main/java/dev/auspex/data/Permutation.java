package dev.auspex.data;

/// A shuffle of `0..size-1` that takes no memory: a Feistel network over the next power of four,
/// walked until it lands inside (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
public final class Permutation {
  private static final int ROUNDS = 4;

  private final long size;
  private final int halfBits;
  private final long halfMask;
  private final long[] keys = new long[ROUNDS];

  /// @param size how many numbers, at least 1
  /// @param seed with `epoch`, what tells this shuffle from others
  public Permutation(long size, long seed, long epoch) {
    this.size = size;
    int bits = 64 - Long.numberOfLeadingZeros(size - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
    this.halfMask = (1L << halfBits) - 1;
    long state = mix(mix(seed) ^ epoch);
    for (int i = 0; i < ROUNDS; i++) {
      state += 0x9e3779b97f4a7c15L;
      keys[i] = mix(state);
    }
  }

  /// Where `index` goes.
  public long apply(long index) {
    long at = index;
    do {
      at = feistel(at);
    } while (at >= size);
    return at;
  }

  private long feistel(long value) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (long key : keys) {
      long next = left ^ (mix(right ^ key) & halfMask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
  static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}

package dev.auspex.data;

/// Hashes every run of [#RUN] tokens as the tokens go by, by a rolling polynomial of their ids.
final class RunHash {
  /// Tokens of the shortest run that counts as repeated.
  static final int RUN = 32;

  private static final long FACTOR = 0x9E3779B97F4A7C15L;
  private static final long OLDEST = oldest();

  private final int[] last = new int[RUN];
  private long sum;
  private long count;

  /// Takes the next token.
  ///
  /// @return the hash of the run that ends with it, never 0; 0 as long as there is none
  long next(int id) {
    int slot = (int) (count % RUN);
    sum = sum * FACTOR + id + 1 - OLDEST * last[slot];
    last[slot] = id + 1;
    count++;
    return count < RUN ? 0 : mixed(sum);
  }

  private static long oldest() {
    long power = 1;
    for (int i = 0; i < RUN; i++) {
      power *= FACTOR;
    }
    return power;
  }

  private static long mixed(long sum) {
    long mixed = (sum ^ sum >>> 32) * 0xD6E8FEB86659FD93L;
    mixed ^= mixed >>> 32;
    return mixed == 0 ? 1 : mixed;
  }
}

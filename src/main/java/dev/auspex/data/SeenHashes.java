package dev.auspex.data;

/// The set of documents seen, by 128 bits of their hash: some 32 bytes a document.
///
/// Two different documents of four billion share 128 bits with probability below 1e-19.
final class SeenHashes {
  private static final int FIRST_CAPACITY = 1 << 10;

  private long[] high = new long[FIRST_CAPACITY];
  private long[] low = new long[FIRST_CAPACITY];
  private int size;

  /// Adds a hash; answers whether it is new.
  boolean add(ContentHash hash) {
    if (2L * size >= high.length) {
      grow();
    }
    // Zero in `low` marks a free place, so a zero becomes one: another bit of 128 lost.
    return insert(hash.identityHigh(), hash.identityLow() == 0 ? 1 : hash.identityLow());
  }

  private boolean insert(long h, long l) {
    int mask = high.length - 1;
    int i = (int) l & mask;
    while (low[i] != 0) {
      if (low[i] == l && high[i] == h) {
        return false;
      }
      i = (i + 1) & mask;
    }
    high[i] = h;
    low[i] = l;
    size++;
    return true;
  }

  private void grow() {
    long[] oldHigh = high;
    long[] oldLow = low;
    high = new long[2 * oldHigh.length];
    low = new long[2 * oldLow.length];
    size = 0;
    for (int i = 0; i < oldLow.length; i++) {
      if (oldLow[i] != 0) {
        insert(oldHigh[i], oldLow[i]);
      }
    }
  }
}

package dev.auspex.data;

import java.util.BitSet;

/// The runs of tokens in the documents taken so far, to leave out later ones that repeat them
/// nearly word for word: files from one template, copies with a few changed lines.
///
/// Every eighth run of a document is kept, and all runs of the next are looked up, so whatever
/// repeats 39 tokens in a row is found. Holds 2 to 4 bytes for each token taken.
final class SeenRuns {
  private static final int STRIDE = 8;
  private static final int FIRST_CAPACITY = 1 << 16;
  private static final int LARGEST_CAPACITY = 1 << 30;

  private long[] hashes = new long[FIRST_CAPACITY];
  private int size;

  /// How much of a document, tokens `from` to `to`, stands in those taken.
  ///
  /// @return the share of its tokens within repeated runs
  double share(int[] ids, int from, int to) {
    BitSet repeated = new BitSet(to - from);
    RunHash runs = new RunHash();
    for (int i = from; i < to; i++) {
      long hash = runs.next(ids[i]);
      if (hash != 0 && hashes[slot(hashes, hash)] == hash) {
        repeated.set(i - from - (RunHash.RUN - 1), i - from + 1);
      }
    }
    return repeated.cardinality() / (double) (to - from);
  }

  /// Takes a document.
  void add(int[] ids, int from, int to) {
    RunHash runs = new RunHash();
    for (int i = from; i < to; i++) {
      long hash = runs.next(ids[i]);
      if (hash != 0 && (i - from) % STRIDE == RunHash.RUN % STRIDE) {
        add(hash);
      }
    }
  }

  private void add(long hash) {
    if (2L * size >= hashes.length) {
      grow();
    }
    int slot = slot(hashes, hash);
    if (hashes[slot] == 0) {
      hashes[slot] = hash;
      size++;
    }
  }

  private void grow() {
    if (hashes.length >= LARGEST_CAPACITY) {
      throw new DataException(
          ("overlap compares at most some %,d tokens of text;"
                  + " build parts of the corpus apart, or leave overlap at 1")
              .formatted((long) STRIDE * LARGEST_CAPACITY / 2));
    }
    long[] larger = new long[2 * hashes.length];
    for (long hash : hashes) {
      if (hash != 0) {
        larger[slot(larger, hash)] = hash;
      }
    }
    hashes = larger;
  }

  /// Where a hash stands, or would.
  static int slot(long[] hashes, long hash) {
    int slot = (int) (hash >>> 32) & hashes.length - 1;
    while (hashes[slot] != 0 && hashes[slot] != hash) {
      slot = slot + 1 & hashes.length - 1;
    }
    return slot;
  }
}

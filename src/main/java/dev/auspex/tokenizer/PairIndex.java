package dev.auspex.tokenizer;

import java.util.Arrays;

/// For every pair of neighbouring tokens: how often it occurs and in which words. Not thread-safe.
///
/// A pair has a slot, a small number that stays. The words listed are a superset: a word from which
/// the pair has gone stays on the list.
final class PairIndex {
  private static final int[] NOWHERE = {};

  private long[] keys = new long[1 << 12];
  private long[] counts = new long[1 << 12];
  private int[][] words = new int[1 << 12][];
  private int[] wordSizes = new int[1 << 12];
  private boolean[] isGrown = new boolean[1 << 12];
  private int size;

  /// Slots whose count grew since they were last taken.
  private IntList grown = new IntList(64);

  /// Slot plus one, 0 where free.
  private int[] table = new int[1 << 13];

  int left(int slot) {
    return (int) (keys[slot] >>> 32);
  }

  int right(int slot) {
    return (int) keys[slot];
  }

  long count(int slot) {
    return counts[slot];
  }

  /// Adds `count` occurrences of the pair in `word`.
  void increase(int left, int right, int word, long count) {
    int slot = slot(left, right);
    counts[slot] += count;
    int n = wordSizes[slot];
    if (n == 0 || words[slot][n - 1] != word) {
      if (n == words[slot].length) {
        words[slot] = Arrays.copyOf(words[slot], Math.max(2, n * 2));
      }
      words[slot][n] = word;
      wordSizes[slot] = n + 1;
    }
    if (!isGrown[slot]) {
      isGrown[slot] = true;
      grown.add(slot);
    }
  }

  void decrease(int left, int right, long count) {
    counts[slot(left, right)] -= count;
  }

  /// The words that may hold the pair; they are then no longer listed.
  int[] takeWords(int slot) {
    int[] taken = Arrays.copyOf(words[slot], wordSizes[slot]);
    words[slot] = NOWHERE;
    wordSizes[slot] = 0;
    return taken;
  }

  /// The pair occurs nowhere any more.
  void gone(int slot) {
    counts[slot] = 0;
  }

  /// The slots whose count grew since the last call.
  int[] takeGrown() {
    int[] taken = grown.toArray();
    for (int slot : taken) {
      isGrown[slot] = false;
    }
    grown = new IntList(64);
    return taken;
  }

  private int slot(int left, int right) {
    long key = (long) left << 32 | right;
    int mask = table.length - 1;
    int at = place(key, mask);
    while (table[at] != 0) {
      if (keys[table[at] - 1] == key) {
        return table[at] - 1;
      }
      at = at + 1 & mask;
    }
    if (size == keys.length) {
      int larger = size * 2;
      keys = Arrays.copyOf(keys, larger);
      counts = Arrays.copyOf(counts, larger);
      words = Arrays.copyOf(words, larger);
      wordSizes = Arrays.copyOf(wordSizes, larger);
      isGrown = Arrays.copyOf(isGrown, larger);
    }
    keys[size] = key;
    words[size] = NOWHERE;
    table[at] = ++size;
    if (size * 2 > table.length) {
      rehash();
    }
    return size - 1;
  }

  private void rehash() {
    table = new int[table.length * 2];
    int mask = table.length - 1;
    for (int i = 0; i < size; i++) {
      int at = place(keys[i], mask);
      while (table[at] != 0) {
        at = at + 1 & mask;
      }
      table[at] = i + 1;
    }
  }

  private static int place(long key, int mask) {
    long h = key * 0x9E3779B97F4A7C15L;
    return (int) (h >>> 32 ^ h >>> 52) & mask;
  }
}

package dev.auspex.tokenizer;

import java.util.Arrays;

/// How often each piece occurs: a hash map from bytes to counts in flat arrays. Not thread-safe.
final class PieceCounts {
  private byte[] bytes = new byte[1 << 16];
  private int used;

  private int[] hashes = new int[1 << 12];
  private int[] starts = new int[1 << 12];
  private long[] counts = new long[1 << 12];
  private int size;
  private long singles;

  /// Index of a piece plus one, 0 where free.
  private int[] slots = new int[1 << 13];

  int size() {
    return size;
  }

  /// Bytes of all distinct pieces.
  int numBytes() {
    return used;
  }

  long count(int index) {
    return counts[index];
  }

  int length(int index) {
    return (index + 1 < size ? starts[index + 1] : used) - starts[index];
  }

  byte at(int index, int offset) {
    return bytes[starts[index] + offset];
  }

  /// Counts a piece of one byte, which has no pairs.
  void addSingle() {
    singles++;
  }

  /// How many pieces of one byte there were.
  long singles() {
    return singles;
  }

  /// Bytes of all pieces, each as often as it occurs.
  long textBytes() {
    long sum = singles;
    for (int i = 0; i < size; i++) {
      sum += counts[i] * length(i);
    }
    return sum;
  }

  void add(byte[] text, int from, int length, long count) {
    add(text, from, length, hash(text, from, length), count);
  }

  /// Adds all of another's counts.
  void addAll(PieceCounts other) {
    singles += other.singles;
    for (int i = 0; i < other.size; i++) {
      add(other.bytes, other.starts[i], other.length(i), other.hashes[i], other.counts[i]);
    }
  }

  /// The same without the rarest, so that at most `limit` remain: all pieces of a count stay or go
  /// together, which makes the outcome independent of the order in which they were added.
  PieceCounts withoutRarest(int limit) {
    long[] sorted = Arrays.copyOf(counts, size);
    Arrays.sort(sorted);
    long dropUpTo = size > limit ? sorted[size - limit - 1] : 0;
    PieceCounts kept = new PieceCounts();
    kept.singles = singles;
    for (int i = 0; i < size; i++) {
      if (counts[i] > dropUpTo) {
        kept.add(bytes, starts[i], length(i), hashes[i], counts[i]);
      }
    }
    return kept;
  }

  private static int hash(byte[] text, int from, int length) {
    return PieceHash.hash(PieceHash.head(text, from, length), text, from, length);
  }

  private void add(byte[] text, int from, int length, int hash, long count) {
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0) {
      int index = slots[slot] - 1;
      if (hashes[index] == hash && equal(index, text, from, length)) {
        counts[index] += count;
        return;
      }
      slot = slot + 1 & mask;
    }
    append(text, from, length, hash, count);
    slots[slot] = size;
    if (size * 2 > slots.length) {
      rehash();
    }
  }

  private boolean equal(int index, byte[] text, int from, int length) {
    int start = starts[index];
    return length(index) == length
        && Arrays.equals(bytes, start, start + length, text, from, from + length);
  }

  private void append(byte[] text, int from, int length, int hash, long count) {
    if (size == starts.length) {
      int larger = size * 2;
      hashes = Arrays.copyOf(hashes, larger);
      starts = Arrays.copyOf(starts, larger);
      counts = Arrays.copyOf(counts, larger);
    }
    if (used + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.addExact(used, Math.max(used / 2, length)));
    }
    System.arraycopy(text, from, bytes, used, length);
    hashes[size] = hash;
    starts[size] = used;
    counts[size] = count;
    used += length;
    size++;
  }

  private void rehash() {
    slots = new int[slots.length * 2];
    int mask = slots.length - 1;
    for (int i = 0; i < size; i++) {
      int slot = hashes[i] & mask;
      while (slots[slot] != 0) {
        slot = slot + 1 & mask;
      }
      slots[slot] = i + 1;
    }
  }
}

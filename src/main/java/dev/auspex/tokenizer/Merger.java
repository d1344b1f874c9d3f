package dev.auspex.tokenizer;

import java.util.Arrays;

/// Merges one piece at a time: the earliest merge first, from the left where it occurs twice.
///
/// Not thread-safe: it keeps its arrays from piece to piece.
final class Merger {
  /// Longer pieces take the way whose time grows as n log n.
  private static final int SHORT = 96;

  private final MergeTable table;
  private int[] ids = new int[SHORT];
  private long[] found = new long[SHORT];

  Merger(MergeTable table) {
    this.table = table;
  }

  /// The ids of the last piece; the first `count` that [#merge] returned are valid.
  int[] ids() {
    return ids;
  }

  /// Merges `text[from, from + length)`.
  ///
  /// @return number of ids
  int merge(byte[] text, int from, int length) {
    if (length > ids.length) {
      ids = new int[length];
      found = new long[length];
    }
    for (int i = 0; i < length; i++) {
      ids[i] = table.byteId(text[from + i]);
    }
    return length <= SHORT ? mergeShort(length) : new LongMerge(table, ids, length).run();
  }

  private int mergeShort(int length) {
    int n = length;
    for (int i = 0; i + 1 < n; i++) {
      found[i] = table.find(ids[i], ids[i + 1]);
    }
    while (n > 1) {
      int best = 0;
      long least = found[0];
      for (int i = 1; i < n - 1; i++) {
        if (found[i] < least) {
          least = found[i];
          best = i;
        }
      }
      if (least == MergeTable.NONE) {
        break;
      }
      ids[best] = (int) least;
      n--;
      System.arraycopy(ids, best + 2, ids, best + 1, n - best - 1);
      if (best + 1 < n) {
        System.arraycopy(found, best + 2, found, best + 1, n - best - 2);
        found[best] = table.find(ids[best], ids[best + 1]);
      }
      if (best > 0) {
        found[best - 1] = table.find(ids[best - 1], ids[best]);
      }
    }
    return n;
  }

  /// A linked list of tokens and a heap of the merges that may be done.
  private static final class LongMerge {
    private final MergeTable table;
    private final int[] ids;
    private final int[] next;
    private final int[] previous;

    /// `rank << 32 | position`; entries whose pair has changed since are passed over.
    private long[] heap;

    private int heapSize;

    LongMerge(MergeTable table, int[] ids, int length) {
      this.table = table;
      this.ids = ids;
      this.next = new int[length];
      this.previous = new int[length];
      this.heap = new long[length];
      for (int i = 0; i < length; i++) {
        next[i] = i + 1 < length ? i + 1 : -1;
        previous[i] = i - 1;
      }
      for (int i = 0; i + 1 < length; i++) {
        offer(i);
      }
    }

    int run() {
      while (heapSize > 0) {
        long top = poll();
        int at = (int) top;
        if (ids[at] < 0 || next[at] < 0) {
          continue;
        }
        long merge = table.find(ids[at], ids[next[at]]);
        if (merge == MergeTable.NONE || merge >>> 32 != top >>> 32) {
          continue;
        }
        join(at, (int) merge);
      }
      int n = 0;
      for (int i = 0; i >= 0; i = next[i]) {
        ids[n++] = ids[i];
      }
      return n;
    }

    private void join(int at, int result) {
      int gone = next[at];
      ids[at] = result;
      ids[gone] = -1;
      next[at] = next[gone];
      if (next[at] >= 0) {
        previous[next[at]] = at;
        offer(at);
      }
      if (previous[at] >= 0) {
        offer(previous[at]);
      }
    }

    private void offer(int at) {
      long merge = table.find(ids[at], ids[next[at]]);
      if (merge == MergeTable.NONE) {
        return;
      }
      if (heapSize == heap.length) {
        heap = Arrays.copyOf(heap, heapSize + (heapSize >> 1) + 16);
      }
      long entry = merge >>> 32 << 32 | at;
      int i = heapSize++;
      while (i > 0 && heap[i - 1 >> 1] > entry) {
        heap[i] = heap[i - 1 >> 1];
        i = i - 1 >> 1;
      }
      heap[i] = entry;
    }

    private long poll() {
      long top = heap[0];
      long entry = heap[--heapSize];
      int i = 0;
      while (2 * i + 1 < heapSize) {
        int child = 2 * i + 1;
        if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
          child++;
        }
        if (heap[child] >= entry) {
          break;
        }
        heap[i] = heap[child];
        i = child;
      }
      heap[i] = entry;
      return top;
    }
  }
}

package dev.auspex.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The ids of pieces met lately: fixed size, a newer piece takes the place of an older one.
///
/// Shared by threads without locks: entries are immutable, so a lost write costs time only.
final class PieceCache {
  /// Longer pieces are not kept.
  static final int MAX_LENGTH = 64;

  private static final int SLOTS = 1 << 16;

  /// A piece is in one of two neighbouring slots.
  private final @Nullable Entry[] entries = new @Nullable Entry[SLOTS];

  private record Entry(long head, byte[] piece, int[] ids) {
    boolean holds(byte[] text, int from, int length, long otherHead) {
      return head == otherHead
          && piece.length == length
          && (length <= 8 || Arrays.equals(piece, 0, length, text, from, from + length));
    }
  }

  int @Nullable [] find(byte[] text, int from, int length, long head, int hash) {
    int slot = hash >>> 8 & SLOTS - 1;
    Entry entry = entries[slot];
    if (entry != null && entry.holds(text, from, length, head)) {
      return entry.ids;
    }
    entry = entries[slot ^ 1];
    return entry != null && entry.holds(text, from, length, head) ? entry.ids : null;
  }

  void put(byte[] text, int from, int length, long head, int hash, int[] ids) {
    int slot = hash >>> 8 & SLOTS - 1;
    entries[slot ^ 1] = entries[slot];
    entries[slot] = new Entry(head, Arrays.copyOfRange(text, from, from + length), ids);
  }
}

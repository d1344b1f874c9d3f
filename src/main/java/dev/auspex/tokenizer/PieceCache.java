package dev.auspex.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The ids of pieces met lately: fixed size, a newer piece takes the place of an older one.
///
/// Shared by threads without locks: entries are immutable, so a lost write costs time only.
final class PieceCache {
  private static final int SLOTS = 1 << 16;
  /// Longer pieces are not kept.
  static final int MAX_LENGTH = 64;

  private final @Nullable Entry[] entries = new @Nullable Entry[SLOTS];

  private record Entry(long head, byte[] piece, int[] ids) {}

  int @Nullable [] find(byte[] text, int from, int length, long head, int hash) {
    Entry entry = entries[hash >>> 8 & SLOTS - 1];
    if (entry == null || entry.head != head || entry.piece.length != length) {
      return null;
    }
    return length <= 8 || Arrays.equals(entry.piece, 0, length, text, from, from + length)
        ? entry.ids
        : null;
  }

  void put(byte[] text, int from, int length, long head, int hash, int[] ids) {
    byte[] piece = Arrays.copyOfRange(text, from, from + length);
    entries[hash >>> 8 & SLOTS - 1] = new Entry(head, piece, ids);
  }
}

package dev.auspex.tokenizer;

import java.util.Arrays;

/// Bytes to token id for pieces that are one token: open addressing, no boxing, read-only.
final class PieceTable {
  /// Two longs a slot: the head, then `length << 32 | id` (0 where the slot is free).
  private final long[] slots;

  private final int mask;
  private final byte[][] tokens;

  /// @param tokens bytes by id
  /// @param count how many will be put in
  PieceTable(byte[][] tokens, int count) {
    int capacity = Math.max(16, Integer.highestOneBit(Math.max(1, count)) * 4);
    this.slots = new long[capacity * 2];
    this.mask = capacity - 1;
    this.tokens = tokens;
  }

  /// Adds the token; only while the table is being built, and once for the same bytes.
  void put(int id) {
    byte[] token = tokens[id];
    long head = PieceHash.head(token, 0, token.length);
    int slot = PieceHash.hash(head, token, 0, token.length) & mask;
    while (slots[2 * slot + 1] != 0) {
      slot = slot + 1 & mask;
    }
    slots[2 * slot] = head;
    slots[2 * slot + 1] = (long) token.length << 32 | id;
  }

  /// The token's id, or -1.
  int find(byte[] text, int from, int length, long head, int hash) {
    int slot = hash & mask;
    while (true) {
      long entry = slots[2 * slot + 1];
      if (entry == 0) {
        return -1;
      }
      if (slots[2 * slot] == head && (int) (entry >>> 32) == length) {
        int id = (int) entry;
        if (length <= 8 || Arrays.equals(tokens[id], 8, length, text, from + 8, from + length)) {
          return id;
        }
      }
      slot = slot + 1 & mask;
    }
  }
}

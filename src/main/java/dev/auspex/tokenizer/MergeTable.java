package dev.auspex.tokenizer;

/// Which two neighbouring tokens merge, how early, and into what: open addressing, read-only.
final class MergeTable {
  /// What [#find] gives for a pair that does not merge; later than any rank.
  static final long NONE = Long.MAX_VALUE;

  private final int[] byteIds;
  private final long[] slots;
  private final int shift;
  private final int mask;

  MergeTable(int[] byteIds, Merges merges) {
    this.byteIds = byteIds.clone();
    int bits = Math.max(4, 34 - Integer.numberOfLeadingZeros(Math.max(1, merges.size())));
    this.slots = new long[2 << bits];
    this.shift = 64 - bits;
    this.mask = (1 << bits) - 1;
    java.util.Arrays.fill(slots, -1);
    for (int i = 0; i < merges.size(); i++) {
      put(merges.left(i), merges.right(i), (long) merges.rank(i) << 32 | merges.result(i));
    }
  }

  /// The token of a single byte.
  int byteId(byte b) {
    return byteIds[b & 0xFF];
  }

  /// `rank << 32 | result`, or [#NONE].
  long find(int left, int right) {
    long key = (long) left << 32 | right;
    int slot = (int) (key * 0x9E3779B97F4A7C15L >>> shift);
    while (true) {
      long found = slots[2 * slot];
      if (found == key) {
        return slots[2 * slot + 1];
      }
      if (found == -1) {
        return NONE;
      }
      slot = slot + 1 & mask;
    }
  }

  private void put(int left, int right, long value) {
    long key = (long) left << 32 | right;
    int slot = (int) (key * 0x9E3779B97F4A7C15L >>> shift);
    while (slots[2 * slot] != -1) {
      if (slots[2 * slot] == key) {
        return; // the earlier merge of the same pair counts
      }
      slot = slot + 1 & mask;
    }
    slots[2 * slot] = key;
    slots[2 * slot + 1] = value;
  }
}

package dev.auspex.data;

/// Fixed windows over the held-out text in which every token is predicted exactly once.
public final class HeldoutWindows {
  private final Shard shard;
  private final int seqLen;
  private final long[] starts;
  private final long tokens;
  private final long bytes;

  HeldoutWindows(Shard shard, int[] tokenBytes, int seqLen, int most) {
    this.shard = shard;
    this.seqLen = seqLen;
    long all = (shard.tokens() - 1 + seqLen - 1) / seqLen;
    int count = (int) (most == 0 ? all : Math.min(most, all));
    this.starts = new long[count];
    long predicted = 0;
    long text = 0;
    for (int i = 0; i < count; i++) {
      starts[i] = i * all / count * seqLen;
      long end = Math.min(starts[i] + seqLen, shard.tokens() - 1);
      predicted += end - starts[i];
      for (long at = starts[i] + 1; at <= end; at++) {
        text += tokenBytes[shard.id(at)];
      }
    }
    this.tokens = predicted;
    this.bytes = text;
  }

  /// Number of windows.
  public int count() {
    return starts.length;
  }

  /// Tokens in a window.
  public int seqLen() {
    return seqLen;
  }

  /// Tokens predicted.
  public long tokens() {
    return tokens;
  }

  /// Bytes of text the predicted tokens stand for.
  public long bytes() {
    return bytes;
  }

  /// Inputs of `count` windows from `first`, `[count, seqLen]`; past the end of the text, id 0.
  public int[] inputs(int first, int count) {
    return fill(first, count, 0, 0);
  }

  /// Targets of the same windows; past the end of the text, -1.
  public int[] targets(int first, int count) {
    return fill(first, count, 1, -1);
  }

  private int[] fill(int first, int count, int shift, int padding) {
    int[] ids = new int[count * seqLen];
    for (int i = 0; i < count; i++) {
      long start = starts[first + i] + shift;
      int there = (int) Math.min(seqLen, shard.tokens() - 1 + shift - start);
      shard.copy(start, ids, i * seqLen, there);
      java.util.Arrays.fill(ids, i * seqLen + there, (i + 1) * seqLen, padding);
    }
    return ids;
  }
}

package dev.auspex.data;

/// The training sequences in an order that is a pure function of (seed, sequence number).
///
/// Each epoch cuts the shard into windows from a start of its own and shuffles them; any number of
/// readers, and a run resumed from one counter, see the same sequences. Thread-safe.
public final class BatchSource {
  private final Shard shard;
  private final long seed;
  private final int seqLen;
  private final long windows;

  BatchSource(Shard shard, long seed, int seqLen) {
    this.shard = shard;
    this.seed = seed;
    this.seqLen = seqLen;
    this.windows = (shard.tokens() - seqLen - 1) / seqLen;
    if (windows < 1) {
      throw new DataException(
          "training text (%d tokens) must be longer than twice the context (%d); add text"
              .formatted(shard.tokens(), seqLen));
    }
  }

  /// Sequences in one pass over the text.
  public long windowsPerEpoch() {
    return windows;
  }

  /// `batchSize` sequences from number `first` on.
  public Batch batch(long first, int batchSize) {
    int[] tokens = new int[batchSize * (seqLen + 1)];
    for (int i = 0; i < batchSize; i++) {
      shard.copy(start(first + i), tokens, i * (seqLen + 1), seqLen + 1);
    }
    return new Batch(batchSize, seqLen, tokens);
  }

  /// Where a sequence stands: shard file and token offset.
  public String where(long sequence) {
    return shard.file() + ":" + start(sequence);
  }

  private long start(long sequence) {
    long epoch = sequence / windows;
    long key = Permutation.mix(Permutation.mix(seed) + epoch);
    long offset = Math.floorMod(key, seqLen);
    return new Permutation(windows, key).of(sequence % windows) * seqLen + offset;
  }
}

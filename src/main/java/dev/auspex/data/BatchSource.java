package dev.auspex.data;

/// Training sequences in an order that is a pure function of (seed, number of the sequence).
///
/// An epoch takes windows of `seqLen` tokens behind one another, shuffled, each with the token that
/// follows it; where the first begins differs by epoch, so that cuts fall elsewhere. Resuming takes
/// the number of the next sequence and nothing else. Safe to use from several threads.
public final class BatchSource {
  private final TokenStream tokens;
  private final long seed;
  private final int seqLen;
  private final long windows;
  private final long slack;

  BatchSource(TokenStream tokens, long seed, int seqLen) {
    if (seqLen < 1 || tokens.length() < seqLen + 1L) {
      throw new DataException(
          "context (%d) must be from 1 to %d, as the training text has %d tokens; give more text"
              .formatted(seqLen, Math.max(1, tokens.length() - 1), tokens.length()));
    }
    this.tokens = tokens;
    this.seed = seed;
    this.seqLen = seqLen;
    this.windows = Math.max(1, (tokens.length() - seqLen) / seqLen);
    this.slack = tokens.length() - 1 - windows * seqLen;
  }

  /// Sequences until each window came once.
  public long sequencesPerEpoch() {
    return windows;
  }

  /// Tokens of one sequence that are inputs.
  public int seqLen() {
    return seqLen;
  }

  /// Sequence number `index`: `seqLen + 1` tokens.
  public int[] sequence(long index) {
    int[] sequence = new int[seqLen + 1];
    tokens.copy(start(index), sequence, 0, sequence.length);
    return sequence;
  }

  /// The sequences from `firstSequence` on.
  public Batch batch(long firstSequence, int batchSize) {
    int[] rows = new int[batchSize * (seqLen + 1)];
    for (int row = 0; row < batchSize; row++) {
      tokens.copy(start(firstSequence + row), rows, row * (seqLen + 1), seqLen + 1);
    }
    return new Batch(batchSize, seqLen, rows);
  }

  /// Where a sequence begins: `train-00000.bin:12345`, shard and token.
  public String where(long sequence) {
    return tokens.where(start(sequence));
  }

  private long start(long index) {
    if (index < 0) {
      throw new IllegalArgumentException("sequence: expected at least 0, got " + index);
    }
    long epoch = index / windows;
    long window = new Permutation(windows, seed, epoch).apply(index % windows);
    return shift(epoch) + window * seqLen;
  }

  private long shift(long epoch) {
    long drawn = Permutation.mix(Permutation.mix(seed + 0x9e3779b97f4a7c15L) ^ epoch);
    return Long.remainderUnsigned(drawn, slack + 1);
  }
}

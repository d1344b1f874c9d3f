package dev.auspex.data;

/// Token sequences for one step.
///
/// @param tokens `[batchSize, seqLen + 1]`, row by row: the first `seqLen` of a row are inputs, the
///     last `seqLen` their targets
public record Batch(int batchSize, int seqLen, int[] tokens) {
  /// Checks the shape.
  public Batch {
    if (tokens.length != batchSize * (seqLen + 1)) {
      throw new IllegalArgumentException(
          "tokens: expected [%d, %d], got %d in all"
              .formatted(batchSize, seqLen + 1, tokens.length));
    }
  }
}

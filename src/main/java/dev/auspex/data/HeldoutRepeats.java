package dev.auspex.data;

import java.util.BitSet;
import java.util.List;

/// Finds the held-out documents that training holds nearly word for word: copies with a few changed
/// lines, generated files from one template. A larger model learns them by heart, and its held-out
/// loss no longer tells what it would be on new text.
///
/// A token is repeated where a run of [RunHash#RUN] tokens around it stands in training too; runs
/// are compared by 64-bit hashes. Holds 16 to 32 bytes for each held-out token, whatever the length
// of
/// training.
final class HeldoutRepeats {
  private static final int CHUNK = 1 << 16;

  private final long[] hashes;
  private final BitSet found;

  private HeldoutRepeats(long tokens) {
    if (tokens > 1 << 28) {
      throw new DataException(
          "held-out text (%,d tokens) must have at most %,d to be compared with training; lower heldout"
              .formatted(tokens, 1 << 28));
    }
    this.hashes = new long[4 * Integer.highestOneBit((int) Math.max(RunHash.RUN, tokens))];
    this.found = new BitSet(hashes.length);
  }

  /// The share of each held-out document that training repeats.
  ///
  /// @param lengths tokens of each held-out document in order, their sum that of `heldout`
  static double[] shares(TokenStream train, TokenStream heldout, List<Integer> lengths) {
    HeldoutRepeats repeats = new HeldoutRepeats(heldout.length());
    runs(heldout, (_, hash) -> repeats.hashes[repeats.slot(hash)] = hash);
    runs(train, (_, hash) -> repeats.mark(hash));
    BitSet repeated = new BitSet((int) heldout.length());
    runs(
        heldout,
        (from, hash) -> {
          if (repeats.found.get(repeats.slot(hash))) {
            repeated.set((int) from, (int) from + RunHash.RUN);
          }
        });
    double[] shares = new double[lengths.size()];
    int from = 0;
    for (int i = 0; i < shares.length; i++) {
      int to = from + lengths.get(i);
      shares[i] = repeated.get(from, to).cardinality() / (double) (to - from);
      from = to;
    }
    return shares;
  }

  private void mark(long hash) {
    int slot = slot(hash);
    if (hashes[slot] == hash) {
      found.set(slot);
    }
  }

  private int slot(long hash) {
    return SeenRuns.slot(hashes, hash);
  }

  /// Receives where a run begins, and its hash, which is never 0.
  @FunctionalInterface
  private interface Sink {
    void accept(long from, long hash);
  }

  /// All runs of a stream.
  private static void runs(TokenStream stream, Sink sink) {
    int[] chunk = new int[CHUNK];
    RunHash runs = new RunHash();
    for (long at = 0; at < stream.length(); at += CHUNK) {
      int count = (int) Math.min(CHUNK, stream.length() - at);
      stream.copy(at, chunk, 0, count);
      for (int i = 0; i < count; i++) {
        long hash = runs.next(chunk[i]);
        if (hash != 0) {
          sink.accept(at + i - (RunHash.RUN - 1), hash);
        }
      }
    }
  }
}

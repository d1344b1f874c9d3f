package dev.auspex.data;

import java.util.Arrays;

/// A trigram model with a cache: how well a text is foretold by counting what followed the same two
/// tokens in training, and by copying what followed them earlier in the same window.
///
/// Counts are smoothed by absolute discounting (Ney, Essen and Kneser 1994), the cache (Kuhn and
/// De Mori 1990) is mixed in with fixed weights. Contexts do not reach beyond a window, as a
/// model's do not.
public final class CacheTrigram {
  private static final int ORDER = 3;
  private static final int BITS = 21; // of a token in a packed n-gram
  private static final int MOST_TOKENS = 100_000_000;
  private static final double DISCOUNT = 0.75;

  /// Weight of what followed the same 0, 1 and 2 tokens in the window, wherever anything did.
  private static final double[] CACHE = {0.05, 0.15, 0.35};

  private final int vocabSize;
  private final Counts[] counts = new Counts[ORDER];

  /// Counts the training text that a run of `tokens` tokens reads, or all of it once where there is
  /// less.
  ///
  /// @param seed the run's, which decides the order of the text
  public CacheTrigram(TokenDataset data, int seqLen, long tokens, long seed) {
    this.vocabSize = data.vocabSize();
    if (vocabSize >= 1 << BITS) {
      throw new DataException(
          "vocab_size (%d) must be below %d to count trigrams".formatted(vocabSize, 1 << BITS));
    }
    BatchSource source = data.train(seed, seqLen);
    long sequences = Math.clamp(tokens / seqLen, 1, source.sequencesPerEpoch());
    if (sequences * seqLen > MOST_TOKENS) {
      throw new DataException(
          "tokens (%,d) must be at most %,d to be counted in memory"
              .formatted(sequences * seqLen, MOST_TOKENS));
    }
    for (int order = 0; order < ORDER; order++) {
      int first = Math.max(1, order);
      long[] grams = new long[(int) sequences * Math.max(0, seqLen + 1 - first)];
      int size = 0;
      for (int i = 0; i < sequences; i++) {
        int[] sequence = source.sequence(i);
        for (int at = first; at <= seqLen; at++) {
          grams[size++] = pack(sequence, at, order);
        }
      }
      counts[order] = new Counts(grams);
    }
  }

  /// The `order` tokens before `at` and the one there.
  private static long pack(int[] sequence, int at, int order) {
    long gram = 0;
    for (int i = at - order; i <= at; i++) {
      gram = gram << BITS | sequence[i];
    }
    return gram;
  }

  /// Mean loss of held-out windows, in nats a token.
  public double loss(HeldoutWindows windows) {
    double sum = 0;
    int seqLen = windows.seqLen();
    for (int window = 0; window < windows.count(); window++) {
      int[] sequence = new int[seqLen + 1];
      sequence[0] = windows.inputs(window, 1)[0];
      int[] targets = windows.targets(window, 1);
      for (int at = 1; at <= seqLen && targets[at - 1] != HeldoutWindows.IGNORED; at++) {
        sequence[at] = targets[at - 1];
        sum -= Math.log(probability(sequence, at));
      }
    }
    return sum / windows.tokens();
  }

  /// Of the token at `at`, from those before it in the sequence.
  private double probability(int[] sequence, int at) {
    double probability = 1.0 / vocabSize;
    for (int order = 0; order < ORDER && order <= at; order++) {
      probability = counts[order].smooth(pack(sequence, at, order), probability);
    }
    int[] seen = new int[ORDER];
    int[] hits = new int[ORDER];
    for (int earlier = 1; earlier < at; earlier++) {
      for (int order = 0; order < ORDER && order <= earlier; order++) {
        if (order > 0 && sequence[earlier - order] != sequence[at - order]) {
          break;
        }
        seen[order]++;
        hits[order] += sequence[earlier] == sequence[at] ? 1 : 0;
      }
    }
    for (int order = 0; order < ORDER; order++) {
      if (seen[order] > 0) {
        probability += CACHE[order] * ((double) hits[order] / seen[order] - probability);
      }
    }
    return probability;
  }

  /// N-grams of one order, sorted, each as often as it came.
  private static final class Counts {
    private final long[] grams;
    private final int[] kinds; // different ones among the first so many

    Counts(long[] grams) {
      Arrays.sort(grams);
      this.grams = grams;
      this.kinds = new int[grams.length + 1];
      for (int i = 0; i < grams.length; i++) {
        kinds[i + 1] = kinds[i] + (i == 0 || grams[i] != grams[i - 1] ? 1 : 0);
      }
    }

    /// Probability of a gram's last token behind the others; `below` is that of the order below,
    /// and all there is where nothing was seen behind them.
    double smooth(long gram, double below) {
      long context = gram >> BITS;
      int from = first(context << BITS);
      int to = first((context + 1) << BITS);
      if (from == to) {
        return below;
      }
      int count = first(gram + 1) - first(gram);
      double kept = Math.max(0, count - DISCOUNT);
      return (kept + DISCOUNT * (kinds[to] - kinds[from]) * below) / (to - from);
    }

    /// Where grams of at least `gram` begin.
    private int first(long gram) {
      int low = 0;
      int high = grams.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (grams[middle] < gram) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }
}

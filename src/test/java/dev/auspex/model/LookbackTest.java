package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.DType;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookbackTest {
  private static final int CONTEXT = 96;
  private static final int VOCAB = 500;

  /// A quarter of the heads of keys, at least one, looks one back, and the next as many two back.
  @ParameterizedTest
  @CsvSource({"24, 3, 3, 8", "64, 8, 8, 8", "128, 8, 4, 32", "256, 4, 4, 64"})
  void headsLookBackBeforeTheFirstStep(int dim, int heads, int kvHeads, int headDim) {
    Mup mup = new Mup(dim, 2);
    GptConfig config =
        new GptConfig(
            VOCAB, CONTEXT, dim, 2, heads, kvHeads, headDim, 64, 10000, 1e-5, false, false, mup);
    double[][][] plain = shares(config, 0);
    double[][][] shares = shares(config, 2);
    int each = Math.max(1, kvHeads / 4);
    for (int head = 0; head < heads; head++) {
      int looks = head / (heads / kvHeads) / each + 1;
      for (int offset = 1; offset <= 3; offset++) {
        double share = mean(shares[head], offset);
        assertTrue(
            looks == offset && offset <= 2 ? share > 0.5 : share < 0.1,
            "head %d, %d back: %.3f".formatted(head, offset, share));
        assertTrue(mean(plain[head], offset) < 0.1, "drawn at random");
      }
    }
  }

  /// Attention of the first layer to random text, `[heads, tokens, seen]`.
  private static double[][][] shares(GptConfig config, int lookback) {
    int[] ids = new SplittableRandom(4).ints(CONTEXT, 0, VOCAB).toArray();
    try (Gpt model = new Gpt(config, DType.FP32, Initializer.draw(config, null, lookback, 3))) {
      return new NaiveGpt(model).firstShares(ids);
    }
  }

  private static double mean(double[][] shares, int offset) {
    return IntStream.range(offset, shares.length)
        .mapToDouble(t -> shares[t][t - offset])
        .average()
        .orElseThrow();
  }
}

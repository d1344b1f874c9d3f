package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.Tensor;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookbackTest {
  private static final int CONTEXT = 96;
  private static final int VOCAB = 500;

  private static GptConfig config(int dim, int heads, int kvHeads, int headDim) {
    return new GptConfig(
        VOCAB,
        CONTEXT,
        dim,
        2,
        heads,
        kvHeads,
        headDim,
        64,
        10000,
        1e-5,
        false,
        false,
        new Mup(dim, 2));
  }

  /// A quarter of the heads of keys, at least one, looks one back, and the next as many two back.
  @ParameterizedTest
  @CsvSource({"24, 3, 3, 8", "64, 8, 8, 8", "128, 8, 4, 32", "256, 4, 4, 64"})
  void headsLookBackBeforeTheFirstStep(int dim, int heads, int kvHeads, int headDim) {
    GptConfig config = config(dim, heads, kvHeads, headDim);
    Map<String, Tensor> plain = Initializer.draw(config, null, 0, 3);
    Map<String, Tensor> values = Initializer.draw(config, null, 2, 3);
    int each = Math.max(1, kvHeads / 4);
    int group = heads / kvHeads;
    for (int head = 0; head < heads; head++) {
      for (int offset = 1; offset <= 3; offset++) {
        double share = share(config, values, head, offset);
        boolean wanted = head / group / each + 1 == offset && offset <= 2;
        assertTrue(
            wanted ? share > 0.5 : share < 0.1,
            "head %d, %d back: %.3f".formatted(head, offset, share));
        assertTrue(share(config, plain, head, offset) < 0.1, "drawn at random");
      }
    }
    plain.values().forEach(Tensor::free);
    values.values().forEach(Tensor::free);
  }

  /// Mean attention to the token `offset` back, over random text.
  private static double share(GptConfig config, Map<String, Tensor> values, int head, int offset) {
    float[] table = values.get("model.embed_tokens.weight").toFloats();
    int kvHead = head / (config.numHeads() / config.numKvHeads());
    float[] query = values.get("model.layers.0.self_attn.q_proj.weight").toFloats();
    float[] key = values.get("model.layers.0.self_attn.k_proj.weight").toFloats();
    int[] ids = new SplittableRandom(4).ints(CONTEXT, 0, VOCAB).toArray();
    double[][] queries = new double[CONTEXT][];
    double[][] keys = new double[CONTEXT][];
    for (int at = 0; at < CONTEXT; at++) {
      double[] x = normed(table, ids[at], config.dim());
      queries[at] = rotated(config, query, head, x, at);
      keys[at] = rotated(config, key, kvHead, x, at);
    }
    double sum = 0;
    for (int at = offset; at < CONTEXT; at++) {
      double all = 0;
      for (int seen = 0; seen <= at; seen++) {
        all += Math.exp(score(queries[at], keys[seen]));
      }
      sum += Math.exp(score(queries[at], keys[at - offset])) / all;
    }
    return sum / (CONTEXT - offset);
  }

  private static double score(double[] query, double[] key) {
    double dot = 0;
    for (int i = 0; i < query.length; i++) {
      dot += query[i] * key[i];
    }
    return dot / Math.sqrt(query.length);
  }

  private static double[] normed(float[] table, int id, int dim) {
    double[] x = new double[dim];
    double squares = 0;
    for (int c = 0; c < dim; c++) {
      x[c] = table[id * dim + c];
      squares += x[c] * x[c] / dim;
    }
    for (int c = 0; c < dim; c++) {
      x[c] /= Math.sqrt(squares);
    }
    return x;
  }

  private static double[] rotated(
      GptConfig config, float[] projection, int head, double[] x, int position) {
    int width = config.headDim();
    int half = width / 2;
    double[] plain = new double[width];
    for (int row = 0; row < width; row++) {
      for (int c = 0; c < x.length; c++) {
        plain[row] += projection[(head * width + row) * x.length + c] * x[c];
      }
    }
    double[] turned = new double[width];
    for (int pair = 0; pair < half; pair++) {
      double angle = position * Math.pow(config.ropeTheta(), -2.0 * pair / width);
      turned[pair] = plain[pair] * Math.cos(angle) - plain[pair + half] * Math.sin(angle);
      turned[pair + half] = plain[pair + half] * Math.cos(angle) + plain[pair] * Math.sin(angle);
    }
    return turned;
  }
}

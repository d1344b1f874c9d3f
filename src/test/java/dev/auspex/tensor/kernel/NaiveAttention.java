package dev.auspex.tensor.kernel;

import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import dev.auspex.tensor.kernel.AttentionKernel.Norms;
import org.jspecify.annotations.Nullable;

/// Attention as loops over doubles: the slow readable twin of {@link AttentionKernel}.
final class NaiveAttention {
  private final Heads heads;
  private final @Nullable Norms norms;

  NaiveAttention(Heads heads, @Nullable Norms norms) {
    this.heads = heads;
    this.norms = norms;
  }

  /// @param all `[seq, (queries + 2 * keys) * width]`
  /// @return `[seq, queries * width]`
  double[] mix(double[] all, int seqLen) {
    int width = heads.width();
    double[] mixed = new double[seqLen * heads.queries() * width];
    for (int head = 0; head < heads.queries(); head++) {
      int shared = heads.queries() + head / (heads.queries() / heads.keys());
      for (int t = 0; t < seqLen; t++) {
        double[] query = turned(all, t, head, norms == null ? null : norms.queryGain());
        double[] weight = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          double[] key = turned(all, s, shared, norms == null ? null : norms.keyGain());
          double dot = 0;
          for (int e = 0; e < width; e++) {
            dot += query[e] * key[e];
          }
          weight[s] = Math.exp(dot / Math.sqrt(width));
          sum += weight[s];
        }
        for (int s = 0; s <= t; s++) {
          double[] value = row(all, s, shared + heads.keys());
          for (int e = 0; e < width; e++) {
            mixed[(t * heads.queries() + head) * width + e] += weight[s] / sum * value[e];
          }
        }
      }
    }
    return mixed;
  }

  private double[] row(double[] all, int place, int head) {
    int columns = heads.queries() + 2 * heads.keys();
    int from = (place * columns + head) * heads.width();
    return java.util.Arrays.copyOfRange(all, from, from + heads.width());
  }

  private double[] turned(double[] all, int place, int head, float @Nullable [] gain) {
    double[] x = row(all, place, head);
    int half = x.length / 2;
    if (gain != null) {
      double squares = 0;
      for (double value : x) {
        squares += value * value;
      }
      for (int e = 0; e < x.length; e++) {
        x[e] *= gain[e] / Math.sqrt(squares / x.length + norms.eps());
      }
    }
    double[] turned = new double[x.length];
    for (int e = 0; e < half; e++) {
      double cosine = heads.rotation().cosines()[place * half + e];
      double sine = heads.rotation().sines()[place * half + e];
      turned[e] = x[e] * cosine - x[e + half] * sine;
      turned[e + half] = x[e + half] * cosine + x[e] * sine;
    }
    return turned;
  }
}

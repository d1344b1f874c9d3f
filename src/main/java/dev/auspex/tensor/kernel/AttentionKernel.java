package dev.auspex.tensor.kernel;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Causal self-attention between its two projections: norms of queries and keys, rotation, scores,
/// softmax, mix of the values, and the gradient of it all.
///
/// Goes over blocks of queries, so that scores stay in the processor's caches and what no query
/// sees is not computed (after Dao et al. 2022, arXiv 2205.14135). Computes in FP32; what the
/// gradient needs of the softmax is kept in the type of the activations.
public final class AttentionKernel {
  private final Heads heads;

  public AttentionKernel(Heads heads) {
    this.heads = heads;
  }

  /// Numbers and width of heads, and how they turn.
  ///
  /// @param queries heads of queries, a multiple of `keys`
  /// @param keys heads of keys, and of values
  /// @param width of each, even
  public record Heads(int queries, int keys, int width, Rotation rotation) {
    /// Heads of a row of what the projection gives.
    int columns() {
      return queries + 2 * keys;
    }

    /// Heads of queries that share one of keys.
    int group() {
      return queries / keys;
    }
  }

  /// Rotary tables (Su et al. 2021, arXiv 2104.09864), halves split as in Llama.
  ///
  /// @param cosines `[context, width / 2]`
  /// @param sines `[context, width / 2]`
  public record Rotation(float[] cosines, float[] sines) {}

  /// RMSNorms over each head.
  ///
  /// @param queryGain `[width]`
  /// @param keyGain `[width]`
  public record Norms(double eps, float[] queryGain, float[] keyGain) {}

  /// A forward pass.
  ///
  /// @param mixed values by heads `[batch, seq, queries * width]`
  /// @param powers of the softmax before they are divided by their sums, of seen keys only
  /// @param inverses one over the sums
  public record Passed(Tensor mixed, Tensor powers, Tensor inverses) {}

  /// Gradients.
  ///
  /// @param all of what the projection gave, same shape
  /// @param gains of the norms of queries and keys `[2, width]`
  public record Gradients(Tensor all, float[] gains) {}

  /// @param all queries, keys and values side by side
  ///     `[batch, seq, (queries + 2 * keys) * width]`
  /// @param norms null for none
  public Passed forward(Tensor all, @Nullable Norms norms) {
    long batch = all.size(0);
    int seqLen = (int) all.size(1);
    long width = (long) heads.queries() * heads.width();
    Tensor mixed = all.narrow(2, 0, width).emptyLike();
    Tensor powers =
        Tensor.zeros(all.dtype(), batch * heads.queries(), AttentionBlock.powers(seqLen));
    Tensor inverses =
        Tensor.zeros(DType.FP32, batch * heads.queries(), AttentionBlock.length(seqLen));
    Memory from = Memory.of(all);
    Memory to = Memory.of(mixed);
    Memory kept = Memory.of(powers);
    Memory shares = Memory.of(inverses);
    Spans.eachOf(
        batch * heads.keys(),
        work(seqLen),
        () -> {
          HeadRows rows = new HeadRows(heads, norms, from);
          AttentionForward pass = new AttentionForward(heads, seqLen, rows, to, kept, shares);
          return (first, end) -> {
            for (long task = first; task < end; task++) {
              pass.run(task / heads.keys(), (int) (task % heads.keys()));
            }
          };
        });
    return new Passed(mixed, powers, inverses);
  }

  /// @param all as above
  /// @param passed as {@link #forward} gave it
  /// @param gradient of what was mixed, same shape
  public Gradients backward(Tensor all, @Nullable Norms norms, Passed passed, Tensor gradient) {
    int seqLen = (int) all.size(1);
    Tensor result = all.emptyLike();
    Memory from = Memory.of(all);
    Memory mixed = Memory.of(gradient);
    Memory to = Memory.of(result);
    Memory kept = Memory.of(passed.powers());
    Memory shares = Memory.of(passed.inverses());
    int tasks = Math.toIntExact(all.size(0) * heads.keys());
    float[][] gains = new float[tasks][2 * heads.width()];
    Spans.eachOf(
        tasks,
        work(seqLen),
        () -> {
          HeadRows rows = new HeadRows(heads, norms, from);
          AttentionBackward pass =
              new AttentionBackward(heads, seqLen, rows, mixed, to, kept, shares);
          return (first, end) -> {
            for (long task = first; task < end; task++) {
              pass.run(task / heads.keys(), (int) (task % heads.keys()), gains[(int) task]);
            }
          };
        });
    return new Gradients(result, sum(gains));
  }

  private float[] sum(float[][] parts) {
    float[] sum = new float[2 * heads.width()];
    for (float[] part : parts) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += part[i];
      }
    }
    return sum;
  }

  /// Scores of the queries that share a head of keys.
  private long work(int seqLen) {
    return (long) heads.group() * seqLen * seqLen;
  }
}

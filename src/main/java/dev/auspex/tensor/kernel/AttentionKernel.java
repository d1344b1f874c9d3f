package dev.auspex.tensor.kernel;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Causal self-attention between its two projections: norms of queries and keys, rotation, scores,
/// softmax, mix of the values, and the gradient of it all.
///
/// Goes over blocks of queries, so that scores stay in the processor's caches and what no query
/// sees is not computed (after Dao et al. 2022, arXiv 2205.14135). Computes in FP32, or
/// multiplies in BF16 where activations are ({@link Microkernel}); what the gradient needs of the
/// softmax is kept in the type of the activations.
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

  /// One direction of one head of keys and its queries, on one thread.
  private interface Pass {
    void run(long sequence, int keyHead);
  }

  /// @param all queries, keys and values side by side
  ///     `[batch, seq, (queries + 2 * keys) * width]`
  /// @param norms null for none
  public Passed forward(Tensor all, @Nullable Norms norms) {
    int seqLen = (int) all.size(1);
    boolean half = inHalves(all);
    long rows = all.size(0) * heads.queries();
    Tensor mixed = all.narrow(2, 0, (long) heads.queries() * heads.width()).emptyLike();
    long kept = half ? HalfBlock.powers(seqLen) : AttentionBlock.powers(seqLen);
    Tensor powers = Device.empty(all.dtype(), rows, kept);
    long length = half ? HalfBlock.length(seqLen) : AttentionBlock.length(seqLen);
    Tensor inverses = Device.empty(DType.FP32, rows, length);
    HeadColumns to = columns(mixed, heads.queries());
    each(
        all,
        () -> {
          HeadRows near = rows(all, norms, half);
          if (half) {
            HalfBlock block = new HalfBlock(heads, seqLen, near);
            return new HalfForward(block, to, powers.memory(), inverses.memory())::run;
          }
          Memory sums = Memory.of(inverses);
          return new AttentionForward(heads, seqLen, near, to, Memory.of(powers), sums)::run;
        });
    return new Passed(mixed, powers, inverses);
  }

  /// @param all as above
  /// @param passed as {@link #forward} gave it
  /// @param gradient of what was mixed, same shape
  public Gradients backward(Tensor all, @Nullable Norms norms, Passed passed, Tensor gradient) {
    int seqLen = (int) all.size(1);
    boolean half = inHalves(all);
    Tensor result = all.emptyLike();
    HeadColumns from = columns(gradient, heads.queries());
    HeadColumns to = columns(result, heads.columns());
    Tensor powers = passed.powers();
    Tensor inverses = passed.inverses();
    float[][] gains = new float[Math.toIntExact(all.size(0) * heads.keys())][2 * heads.width()];
    each(
        all,
        () -> {
          HeadRows near = rows(all, norms, half);
          if (half) {
            HalfBlock block = new HalfBlock(heads, seqLen, near);
            HalfBackward pass =
                new HalfBackward(block, from, to, powers.memory(), inverses.memory());
            return (sequence, key) -> pass.run(sequence, key, gains[task(sequence, key)]);
          }
          AttentionBackward pass =
              new AttentionBackward(
                  heads, seqLen, near, from, to, Memory.of(powers), Memory.of(inverses));
          return (sequence, key) -> pass.run(sequence, key, gains[task(sequence, key)]);
        });
    return new Gradients(result, sum(gains));
  }

  private static boolean inHalves(Tensor all) {
    return all.dtype() == DType.BF16 && Microkernel.usable();
  }

  private HeadColumns columns(Tensor tensor, int columns) {
    return new HeadColumns(Memory.of(tensor), (int) tensor.size(1), columns, heads.width());
  }

  private HeadRows rows(Tensor all, @Nullable Norms norms, boolean half) {
    int seqLen = (int) all.size(1);
    int length = half ? HalfBlock.length(seqLen) : seqLen;
    int stride = half ? HalfBlock.stride(heads) : heads.width();
    return new HeadRows(Room.ofThread(), heads, norms, Memory.of(all), seqLen, length, stride);
  }

  /// Runs all heads of keys of all sequences.
  private void each(Tensor all, Supplier<Pass> passes) {
    long scores = heads.group() * all.size(1) * all.size(1); // of the queries of a head of keys
    Spans.eachOf(
        all.size(0) * heads.keys(),
        scores,
        () -> {
          Pass pass = passes.get();
          return (first, end) -> {
            for (long task = first; task < end; task++) {
              pass.run(task / heads.keys(), (int) (task % heads.keys()));
            }
          };
        });
  }

  private int task(long sequence, int keyHead) {
    return Math.toIntExact(sequence * heads.keys() + keyHead);
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
}

package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// RMSNorm without gain (Zhang and Sennrich 2019, arXiv 1910.07467) of a residual stream to which a
/// branch is added first.
public final class RmsNormKernel {
  private RmsNormKernel() {}

  /// Where results go.
  public record Results(Tensor sum, Tensor normed) {}

  /// Writes `stream + factor * added` to `sum`, and what that is normalised to `normed`.
  ///
  /// @param added null for nothing; `sum` is then not written
  /// @param to all of one shape `[..., dim]`; the sum may be the stream itself
  /// @return what each row was multiplied by, in FP32 `[rows]`
  public static Tensor forward(
      Tensor stream, @Nullable Tensor added, double factor, double eps, Results to) {
    int width = (int) stream.size(-1);
    long rows = stream.numElements() / width;
    Tensor scales = Tensor.zeros(DType.FP32, rows);
    Memory in = Memory.of(stream);
    Memory sum = Memory.of(to.sum());
    Memory branch = added == null ? null : Memory.of(added);
    Memory out = Memory.of(to.normed());
    Memory scale = Memory.of(scales);
    Spans.each(
        rows,
        width,
        (first, last) -> {
          float[] x = Memory.room(width);
          float[] a = Memory.room(width);
          float[] one = new float[1];
          for (long row = first; row < last; row++) {
            in.read(row * width, x, width);
            if (branch != null) {
              branch.read(row * width, a, width);
              add(x, a, (float) factor);
              sum.write(x, row * width, width);
              sum.read(row * width, x, width); // as rounded
            }
            one[0] = (float) (1 / Math.sqrt(squares(x) / width + eps));
            multiply(x, one[0]);
            out.write(x, row * width, width);
            scale.write(one, row, 1);
          }
        });
    return scales;
  }

  /// Adds to the gradient of the sum what comes back through the norm:
  /// `scale * (dy - y * mean(dy * y))`.
  ///
  /// @param normed result of the forward pass `[..., dim]`
  /// @param scales of the forward pass `[rows]`
  /// @param normedGradient gradient of `normed`
  /// @param gradient of the sum, changed in its own memory
  public static void backward(
      Tensor normed, Tensor scales, Tensor normedGradient, Tensor gradient) {
    int width = (int) normed.size(-1);
    Memory result = Memory.of(normed);
    Memory scale = Memory.of(scales);
    Memory incoming = Memory.of(normedGradient);
    Memory outgoing = Memory.of(gradient);
    Spans.each(
        scales.numElements(),
        width,
        (from, to) -> {
          float[] y = Memory.room(width);
          float[] dy = Memory.room(width);
          float[] dx = Memory.room(width);
          float[] one = new float[1];
          for (long row = from; row < to; row++) {
            result.read(row * width, y, width);
            incoming.read(row * width, dy, width);
            outgoing.read(row * width, dx, width);
            scale.read(row, one, 1);
            passBack(y, dy, dx, one[0], width);
            outgoing.write(dx, row * width, width);
          }
        });
  }

  private static void add(float[] x, float[] a, float factor) {
    for (int i = 0; i < x.length; i += LANES) {
      FloatVector.fromArray(FLOATS, a, i)
          .fma(FloatVector.broadcast(FLOATS, factor), FloatVector.fromArray(FLOATS, x, i))
          .intoArray(x, i);
    }
  }

  private static float squares(float[] x) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = 0; i < x.length; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, i);
      sum = v.fma(v, sum);
    }
    return Memory.sum(sum);
  }

  private static void multiply(float[] x, float factor) {
    for (int i = 0; i < x.length; i += LANES) {
      FloatVector.fromArray(FLOATS, x, i).mul(factor).intoArray(x, i);
    }
  }

  private static void passBack(float[] y, float[] dy, float[] dx, float scale, int width) {
    FloatVector products = FloatVector.zero(FLOATS);
    for (int i = 0; i < y.length; i += LANES) {
      products =
          FloatVector.fromArray(FLOATS, y, i).fma(FloatVector.fromArray(FLOATS, dy, i), products);
    }
    FloatVector along = FloatVector.broadcast(FLOATS, -Memory.sum(products) / width);
    FloatVector factor = FloatVector.broadcast(FLOATS, scale);
    for (int i = 0; i < y.length; i += LANES) {
      FloatVector.fromArray(FLOATS, y, i)
          .fma(along, FloatVector.fromArray(FLOATS, dy, i))
          .fma(factor, FloatVector.fromArray(FLOATS, dx, i))
          .intoArray(dx, i);
    }
  }
}

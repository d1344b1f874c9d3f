package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.Tensor;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Weights whose columns are scaled, there and back.
public final class FoldKernel {
  /// Rows whose gradients of the scale are summed together.
  private static final int ROWS_TOGETHER = 64;

  private FoldKernel() {}

  /// Writes `weight * scale` to `folded`.
  ///
  /// @param weight `[rows, columns]`
  /// @param scale `[columns]`, null for one
  /// @param folded same shape as `weight`, in any type
  public static void fold(Tensor weight, @Nullable Tensor scale, Tensor folded) {
    int width = (int) weight.size(1);
    Memory in = Memory.of(weight);
    Memory out = Memory.of(folded);
    float[] factors = scale == null ? null : row(scale, width);
    Spans.each(
        weight.size(0),
        width,
        (from, to) -> {
          float[] w = Memory.room(width);
          for (long row = from; row < to; row++) {
            in.read(row * width, w, width);
            if (factors != null) {
              multiply(w, factors);
            }
            out.write(w, row * width, width);
          }
        });
  }

  /// Writes `gradient * scale` to `passed`.
  ///
  /// @param gradient of the folded weight
  /// @param weight as it was folded
  /// @param scale `[columns]`
  /// @param passed same shape, in FP32
  /// @return gradient of the scale, column sums of `gradient * weight`
  public static float[] passBack(Tensor gradient, Tensor weight, Tensor scale, Tensor passed) {
    int width = (int) weight.size(1);
    long rows = weight.size(0);
    Memory incoming = Memory.of(gradient);
    Memory values = Memory.of(weight);
    Memory outgoing = Memory.of(passed);
    float[] factors = row(scale, width);
    float[][] sums = new float[(int) ((rows + ROWS_TOGETHER - 1) / ROWS_TOGETHER)][];
    Spans.each(
        sums.length,
        (long) ROWS_TOGETHER * width,
        (from, to) -> {
          float[] g = Memory.room(width);
          float[] w = Memory.room(width);
          for (int part = (int) from; part < to; part++) {
            sums[part] = Memory.room(width);
            long end = Math.min(rows, (part + 1L) * ROWS_TOGETHER);
            for (long row = (long) part * ROWS_TOGETHER; row < end; row++) {
              incoming.read(row * width, g, width);
              values.read(row * width, w, width);
              addProducts(g, w, sums[part]);
              multiply(g, factors);
              outgoing.write(g, row * width, width);
            }
          }
        });
    for (int part = 1; part < sums.length; part++) {
      for (int i = 0; i < width; i++) {
        sums[0][i] += sums[part][i];
      }
    }
    return Arrays.copyOf(sums[0], width);
  }

  private static float[] row(Tensor tensor, int width) {
    float[] floats = Memory.room(width);
    Memory.of(tensor).read(0, floats, width);
    return floats;
  }

  private static void multiply(float[] x, float[] factors) {
    for (int i = 0; i < x.length; i += LANES) {
      FloatVector.fromArray(FLOATS, x, i)
          .mul(FloatVector.fromArray(FLOATS, factors, i))
          .intoArray(x, i);
    }
  }

  private static void addProducts(float[] a, float[] b, float[] sums) {
    for (int i = 0; i < sums.length; i += LANES) {
      FloatVector.fromArray(FLOATS, a, i)
          .fma(FloatVector.fromArray(FLOATS, b, i), FloatVector.fromArray(FLOATS, sums, i))
          .intoArray(sums, i);
    }
  }
}

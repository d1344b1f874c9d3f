package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Cross-entropy of rows of logits with its gradient.
public final class LossKernel {
  private LossKernel() {}

  /// Summed cross-entropy of rows of logits, which are overwritten by its gradient with respect to
  /// them, `scale * (softmax(logits) - onehot(targets))`.
  ///
  /// @param logits `[rows, vocab]`
  /// @param targets ids `[rows]`; -1 is left out
  /// @return nats, summed over rows
  public static double crossEntropyInPlace(Tensor logits, Tensor targets, double scale) {
    int rows = (int) logits.size(0);
    int vocab = (int) logits.size(1);
    Memory memory = Memory.of(logits);
    MemorySegment ids = targets.memory();
    double[] losses = new double[rows];
    Spans.each(
        rows,
        vocab,
        (from, to) -> {
          float[] row = Memory.room(vocab);
          for (int i = (int) from; i < to; i++) {
            int target = (int) ids.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
            if (target < 0) {
              Arrays.fill(row, 0);
            } else {
              memory.read((long) i * vocab, row, vocab);
              Arrays.fill(row, vocab, row.length, Float.NEGATIVE_INFINITY);
              losses[i] = backward(row, target, (float) scale);
            }
            memory.write(row, (long) i * vocab, vocab);
          }
        });
    return Arrays.stream(losses).reduce(0, Double::sum);
  }

  private static double backward(float[] row, int target, float scale) {
    float highest = highest(row);
    float own = row[target];
    float sum = exponentials(row, highest);
    float factor = scale / sum;
    for (int i = 0; i < row.length; i += LANES) {
      FloatVector.fromArray(FLOATS, row, i).mul(factor).intoArray(row, i);
    }
    row[target] -= scale;
    return highest + StrictMath.log(sum) - own;
  }

  private static float highest(float[] row) {
    FloatVector highest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < row.length; i += LANES) {
      highest = highest.max(FloatVector.fromArray(FLOATS, row, i));
    }
    float most = Float.NEGATIVE_INFINITY;
    for (float lane : highest.toArray()) {
      most = Math.max(most, lane);
    }
    return most;
  }

  /// Replaces a row by `exp(row - highest)`; their sum.
  private static float exponentials(float[] row, float highest) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = 0; i < row.length; i += LANES) {
      FloatVector e = Exponential.of(FloatVector.fromArray(FLOATS, row, i).sub(highest));
      e.intoArray(row, i);
      sum = sum.add(e);
    }
    return Memory.sum(sum);
  }
}

package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;
import static dev.auspex.tensor.kernel.Products.WIDTH;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Softmax and its gradient down the columns of scores `[seen, WIDTH]`: a row for each key, a
/// column for each query. Scores are in units of log 2, so that powers of two do.
final class Softmax {
  /// Adding it rounds small numbers to integers, which then stand in the lowest bits.
  private static final float ROUNDING = 0x1.8p23f;

  /// 2 to this power and below counts as zero.
  private static final float LEAST = -127;

  private Softmax() {}

  /// Hides from each query the keys behind it.
  ///
  /// @param row of the first query's own key
  static void hideLater(float[] scores, int row) {
    for (int i = 1; i < WIDTH; i++) {
      int at = (row + i) * WIDTH;
      Arrays.fill(scores, at, at + i, Float.NEGATIVE_INFINITY);
    }
  }

  /// Overwrites scores by `2^(score - largest)`, with the largest of each column.
  ///
  /// @param inverses takes one over the sum of each column `[WIDTH]`
  static void forward(float[] scores, int seen, float[] inverses) {
    for (int lane = 0; lane < WIDTH; lane += LANES) {
      FloatVector largest = FloatVector.fromArray(FLOATS, scores, lane);
      for (int row = 1; row < seen; row++) {
        FloatVector score = FloatVector.fromArray(FLOATS, scores, row * WIDTH + lane);
        largest = largest.blend(score, score.compare(VectorOperators.GT, largest));
      }
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int row = 0; row < seen; row++) {
        int at = row * WIDTH + lane;
        FloatVector power = power(FloatVector.fromArray(FLOATS, scores, at).sub(largest));
        power.intoArray(scores, at);
        sum = sum.add(power);
      }
      FloatVector.broadcast(FLOATS, 1).div(sum).intoArray(inverses, lane);
    }
  }

  /// Overwrites powers by probabilities, and the gradient of the probabilities by that of the
  /// scores in units of 1.
  ///
  /// @param powers what {@link #forward} left
  /// @param inverses as it gave them
  static void backward(float[] powers, float[] gradient, int seen, float[] inverses) {
    for (int lane = 0; lane < WIDTH; lane += LANES) {
      FloatVector inverse = FloatVector.fromArray(FLOATS, inverses, lane);
      FloatVector mean = FloatVector.zero(FLOATS);
      for (int row = 0; row < seen; row++) {
        int at = row * WIDTH + lane;
        FloatVector probability = FloatVector.fromArray(FLOATS, powers, at).mul(inverse);
        probability.intoArray(powers, at);
        mean = probability.fma(FloatVector.fromArray(FLOATS, gradient, at), mean);
      }
      for (int row = 0; row < seen; row++) {
        int at = row * WIDTH + lane;
        FloatVector.fromArray(FLOATS, gradient, at)
            .sub(mean)
            .mul(FloatVector.fromArray(FLOATS, powers, at))
            .intoArray(gradient, at);
      }
    }
  }

  /// 2 to the power of `x`, which is at most about 0; within 2 units in the last place (polynomial
  /// of Moshier's Cephes library), zero from -127 down.
  static FloatVector power(FloatVector x) {
    FloatVector bound = x.blend(LEAST, x.compare(VectorOperators.LT, LEAST));
    FloatVector shifted = bound.add(ROUNDING);
    FloatVector part = bound.sub(shifted.sub(ROUNDING)); // -0.5 to 0.5
    FloatVector sum = FloatVector.broadcast(FLOATS, 1.535336188319500e-4f);
    sum = sum.fma(part, FloatVector.broadcast(FLOATS, 1.339887440266574e-3f));
    sum = sum.fma(part, FloatVector.broadcast(FLOATS, 9.618437357674640e-3f));
    sum = sum.fma(part, FloatVector.broadcast(FLOATS, 5.550332471162809e-2f));
    sum = sum.fma(part, FloatVector.broadcast(FLOATS, 2.402264791363012e-1f));
    sum = sum.fma(part, FloatVector.broadcast(FLOATS, 6.931472028550421e-1f));
    sum = sum.fma(part, FloatVector.broadcast(FLOATS, 1));
    IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    return sum.mul(exponent.add(127 << 23).reinterpretAsFloats());
  }
}

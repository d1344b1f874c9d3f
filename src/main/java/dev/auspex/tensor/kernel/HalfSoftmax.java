package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.HalfBlock.WIDTH;
import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// {@link Softmax} on columns of scores `[seen, WIDTH]` outside the heap, with results in BF16 as
/// {@link Microkernel} takes them: rows for left sides, pairs of rows for right sides, both
/// `[seen, WIDTH]`. Belongs to one thread.
final class HalfSoftmax {
  private static final FloatVector PLACES = FloatVector.zero(FLOATS).addIndex(1);

  /// The largest score, or the mean gradient, of each column. Loops are given vectors by way of
  /// memory, or they would make objects of them in every round.
  private final MemorySegment columns = Arena.ofAuto().allocate(4L * LANES, 64);

  /// `2^(score - largest)`, with the largest of each column, of what each query sees.
  ///
  /// @param scores of a block, overwritten
  /// @param first query of the block, who sees the keys up to her own
  /// @param rows takes the powers
  /// @param pairs takes them too
  /// @param inverses takes one over the sum of each column `[WIDTH]`
  void forward(
      MemorySegment scores,
      int first,
      MemorySegment rows,
      MemorySegment pairs,
      MemorySegment inverses) {
    for (int lane = 0; lane < WIDTH; lane += LANES) {
      int end = first + lane + LANES; // none of these queries sees more
      hideLater(scores, first + lane, lane);
      largestLoop(scores, end, lane);
      powersLoop(scores, end, lane, inverses);
      roundLoop(scores, end, lane, rows, pairs);
      clear(end, first + WIDTH, lane, rows, pairs);
    }
  }

  private static void hideLater(MemorySegment scores, int row, int lane) {
    for (int i = 1; i < LANES; i++) {
      floats(scores, at(row + i, lane))
          .blend(Float.NEGATIVE_INFINITY, PLACES.compare(VectorOperators.LT, (float) i))
          .intoMemorySegment(scores, at(row + i, lane), Memory.ORDER);
    }
  }

  private void largestLoop(MemorySegment scores, int end, int lane) {
    FloatVector even = floats(scores, at(0, lane));
    FloatVector odd = floats(scores, at(1, lane));
    for (int row = 2; row < end; row += 2) {
      even = larger(even, floats(scores, at(row, lane)));
      odd = larger(odd, floats(scores, at(row + 1, lane)));
    }
    larger(even, odd).intoMemorySegment(columns, 0, Memory.ORDER);
  }

  private static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }

  /// Overwrites scores by powers. Apart from their rounding, for together they are too much for the
  /// compiler.
  private void powersLoop(MemorySegment scores, int end, int lane, MemorySegment inverses) {
    FloatVector largest = floats(columns, 0);
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int row = 0; row < end; row++) {
      FloatVector power = Softmax.power(floats(scores, at(row, lane)).sub(largest));
      power.intoMemorySegment(scores, at(row, lane), Memory.ORDER);
      sum = sum.add(power);
    }
    FloatVector.broadcast(FLOATS, 1).div(sum).intoMemorySegment(inverses, 4L * lane, Memory.ORDER);
  }

  private static void roundLoop(
      MemorySegment powers, int end, int lane, MemorySegment rows, MemorySegment pairs) {
    for (int row = 0; row < end; row += 2) {
      IntVector a = Memory.rounded(floats(powers, at(row, lane)));
      IntVector b = Memory.rounded(floats(powers, at(row + 1, lane)));
      write(row, lane, a, b, rows, pairs);
    }
  }

  /// The gradient of the scores, in units of 1.
  ///
  /// @param powers rows that {@link #forward} gave
  /// @param inverses as it gave them
  /// @param gradient of the probabilities `[seen, WIDTH]`
  /// @param rows takes the result
  /// @param pairs takes it too
  void backward(
      MemorySegment powers,
      MemorySegment inverses,
      int first,
      MemorySegment gradient,
      MemorySegment rows,
      MemorySegment pairs) {
    for (int lane = 0; lane < WIDTH; lane += LANES) {
      int end = first + lane + LANES;
      meanLoop(powers, inverses, end, lane, gradient);
      differencesLoop(powers, inverses, end, lane, gradient, rows, pairs);
      clear(end, first + WIDTH, lane, rows, pairs);
    }
  }

  private void meanLoop(
      MemorySegment powers, MemorySegment inverses, int end, int lane, MemorySegment gradient) {
    FloatVector even = FloatVector.zero(FLOATS);
    FloatVector odd = FloatVector.zero(FLOATS);
    for (int row = 0; row < end; row += 2) {
      even = Memory.widen(powers, at(row, lane) / 2).fma(floats(gradient, at(row, lane)), even);
      odd =
          Memory.widen(powers, at(row + 1, lane) / 2).fma(floats(gradient, at(row + 1, lane)), odd);
    }
    even.add(odd).mul(floats(inverses, 4L * lane)).intoMemorySegment(columns, 0, Memory.ORDER);
  }

  private void differencesLoop(
      MemorySegment powers,
      MemorySegment inverses,
      int end,
      int lane,
      MemorySegment gradient,
      MemorySegment rows,
      MemorySegment pairs) {
    FloatVector inverse = floats(inverses, 4L * lane);
    FloatVector mean = floats(columns, 0);
    for (int row = 0; row < end; row += 2) {
      IntVector a = difference(powers, inverse, row, lane, gradient, mean);
      IntVector b = difference(powers, inverse, row + 1, lane, gradient, mean);
      write(row, lane, a, b, rows, pairs);
    }
  }

  private static IntVector difference(
      MemorySegment powers,
      FloatVector inverse,
      int row,
      int lane,
      MemorySegment gradient,
      FloatVector mean) {
    FloatVector probability = Memory.widen(powers, at(row, lane) / 2).mul(inverse);
    return Memory.rounded(floats(gradient, at(row, lane)).sub(mean).mul(probability));
  }

  /// Writes a row and the next, rounded to BF16 in the lower halves of lanes.
  private static void write(
      int row, int lane, IntVector a, IntVector b, MemorySegment rows, MemorySegment pairs) {
    long at = at(row, lane) / 2;
    Memory.narrow(a).intoMemorySegment(rows, at, Memory.ORDER);
    Memory.narrow(b).intoMemorySegment(rows, at + 2L * WIDTH, Memory.ORDER);
    Memory.pair(a, b).intoMemorySegment(pairs, 2L * row * WIDTH + 4L * lane, Memory.ORDER);
  }

  private static void clear(int from, int end, int lane, MemorySegment rows, MemorySegment pairs) {
    IntVector zero = IntVector.zero(Memory.INTS);
    for (int row = from; row < end; row += 2) {
      write(row, lane, zero, zero, rows, pairs);
    }
  }

  private static FloatVector floats(MemorySegment memory, long at) {
    return FloatVector.fromMemorySegment(FLOATS, memory, at, Memory.ORDER);
  }

  /// Where lanes of a row in FP32 lie, in bytes.
  private static long at(int row, int lane) {
    return 4L * (row * WIDTH + lane);
  }
}

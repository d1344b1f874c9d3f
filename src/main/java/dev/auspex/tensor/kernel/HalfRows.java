package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;

/// What {@link HeadRows} does, for all places of a sequence at once, in BF16 and outside the heap:
/// vectors that are read from both are slow. Belongs to one thread.
final class HalfRows {
  private final HeadRows rows;
  private final int seqLen;
  private final int width;
  private final boolean plain; // in whole vectors, without norms
  private final float[] row;

  HalfRows(HeadRows rows, int seqLen) {
    this.rows = rows;
    this.seqLen = seqLen;
    this.width = rows.heads.width();
    this.plain = rows.norms == null && width / 2 % LANES == 0;
    this.row = new float[width];
  }

  /// @param into `[length, stride]`
  void readQueries(Memory into) {
    read(rows.queries, rows.queryFactor(), place -> rows.readQuery(place, row), into);
  }

  /// @param into `[length, stride]`
  void readKeys(Memory into) {
    read(rows.keys, 1, place -> rows.readKey(place, row, 0), into);
  }

  /// @param one reads a place's row
  private void read(long strip, float factor, IntConsumer one, Memory into) {
    if (plain) {
      rotateLoop(strip, into.segment(), factor);
      return;
    }
    for (int place = 0; place < seqLen; place++) {
      one.accept(place);
      into.write(row, (long) place * rows.strips.stride, width);
    }
  }

  /// @param gradients in FP32 `[length, stride]`
  /// @param gains take up the gradients of the norms' gains
  void writeQueries(MemorySegment gradients, float[] gains) {
    float factor = rows.queryGradientFactor();
    write(gradients, rows.queries, factor, place -> rows.writeQuery(place, row, gains));
  }

  /// The same for keys.
  void writeKeys(MemorySegment gradients, float[] gains) {
    float factor = rows.keyGradientFactor();
    write(gradients, rows.keys, factor, place -> rows.writeKey(place, row, gains));
  }

  /// @param one writes a place's row
  private void write(MemorySegment gradients, long strip, float factor, IntConsumer one) {
    if (plain) {
      rotateBackLoop(gradients, strip, factor);
      return;
    }
    for (int place = 0; place < seqLen; place++) {
      take(gradients, place);
      one.accept(place);
    }
  }

  /// The same for values, whose rows are whole vectors.
  void writeValuesLoop(MemorySegment gradients) {
    for (long i = 0; i < (long) seqLen * rows.strips.stride; i += LANES) {
      Memory.halves(floats(gradients, 4 * i))
          .intoMemorySegment(rows.strips.memory().segment(), 2 * (rows.values + i), Memory.ORDER);
    }
  }

  private void take(MemorySegment floats, int place) {
    MemorySegment.copy(
        floats, ValueLayout.JAVA_FLOAT, 4L * place * rows.strips.stride, row, 0, row.length);
  }

  private void rotateLoop(long strip, MemorySegment into, float factor) {
    MemorySegment from = rows.strips.memory().segment();
    int half = width / 2;
    for (int place = 0; place < seqLen; place++) {
      for (int e = 0; e < half; e += LANES) {
        long at = 2 * ((long) place * rows.strips.stride + e);
        FloatVector a = Memory.widen(from, 2 * strip + at);
        FloatVector b = Memory.widen(from, 2 * strip + at + width);
        rotate(a, b, place * half + e, factor, factor, into, at);
      }
    }
  }

  private void rotateBackLoop(MemorySegment from, long strip, float factor) {
    MemorySegment into = rows.strips.memory().segment();
    int half = width / 2;
    for (int place = 0; place < seqLen; place++) {
      for (int e = 0; e < half; e += LANES) {
        long at = 2 * ((long) place * rows.strips.stride + e);
        FloatVector a = floats(from, 2 * at);
        FloatVector b = floats(from, 2 * (at + width));
        rotate(a, b, place * half + e, factor, -factor, into, 2 * strip + at);
      }
    }
  }

  /// As {@link HeadRows} does, a vector of either half of a row at once.
  ///
  /// @param angle in the tables
  private void rotate(
      FloatVector a,
      FloatVector b,
      int angle,
      float cosineFactor,
      float sineFactor,
      MemorySegment into,
      long at) {
    FloatVector cosine =
        FloatVector.fromArray(FLOATS, rows.heads.rotation().cosines(), angle).mul(cosineFactor);
    FloatVector sine =
        FloatVector.fromArray(FLOATS, rows.heads.rotation().sines(), angle).mul(sineFactor);
    Memory.halves(a.mul(cosine).sub(b.mul(sine))).intoMemorySegment(into, at, Memory.ORDER);
    Memory.halves(b.mul(cosine).add(a.mul(sine))).intoMemorySegment(into, at + width, Memory.ORDER);
  }

  private static FloatVector floats(MemorySegment memory, long at) {
    return FloatVector.fromMemorySegment(FLOATS, memory, at, Memory.ORDER);
  }
}

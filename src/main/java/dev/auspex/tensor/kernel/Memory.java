package dev.auspex.tensor.kernel;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// A tensor's elements, read and written as floats a stretch at a time.
///
/// Valid while the tensor lives. BF16 is rounded to nearest, ties to even, as libtorch does; only
/// NaNs with all bits set, which no arithmetic makes, become something else.
final class Memory {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final int LANES = FLOATS.length();

  /// As wide as {@link #FLOATS}, which is what the processor has: others make objects.
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

  private static final VectorSpecies<Short> HALVES =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final MemorySegment memory;
  private final boolean half;

  private Memory(MemorySegment memory, boolean half) {
    this.memory = memory;
    this.half = half;
  }

  static Memory of(Tensor tensor) {
    DType dtype = tensor.dtype();
    if (dtype != DType.FP32 && dtype != DType.BF16) {
      throw new IllegalArgumentException("kernels take FP32 and BF16, not " + dtype);
    }
    return new Memory(tensor.memory(), dtype == DType.BF16);
  }

  DType dtype() {
    return half ? DType.BF16 : DType.FP32;
  }

  /// Room for `count` elements in whole vectors, zero behind them.
  static float[] room(long count) {
    return new float[Math.toIntExact((count + LANES - 1) / LANES * LANES)];
  }

  /// Memory for `count` elements of a type, zero.
  static Memory in(Room room, DType dtype, long count) {
    boolean half = dtype == DType.BF16;
    return new Memory(room.take((half ? 2 : 4) * count), half);
  }

  /// Where the elements lie.
  MemorySegment segment() {
    return memory;
  }

  /// The memory of `count` elements in FP32, from `from` on.
  MemorySegment floats(long from, int count) {
    if (half) {
      throw new IllegalStateException("expected FP32");
    }
    return memory.asSlice(4 * from, 4L * count);
  }

  /// Copies elements `from` to `from + count - 1` into `floats`.
  void read(long from, float[] floats, int count) {
    if (half) {
      readHalfLoop(memory.asSlice(2 * from, 2L * count), floats, count);
    } else {
      MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * from, floats, 0, count);
    }
  }

  /// BF16 numbers, a whole vector of them.
  ///
  /// @param at the first, in bytes
  static FloatVector widen(MemorySegment halves, long at) {
    ShortVector bits = ShortVector.fromMemorySegment(HALVES, halves, at, ORDER);
    IntVector wide = (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    return wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static void readHalfLoop(MemorySegment source, float[] floats, int count) {
    int whole = FLOATS.loopBound(count);
    for (int i = 0; i < whole; i += LANES) {
      widen(source, 2L * i).intoArray(floats, i);
    }
    for (int i = whole; i < count; i++) {
      floats[i] = Float.intBitsToFloat(source.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i) << 16);
    }
  }

  /// Copies `count` floats to the elements from `to` on.
  void write(float[] floats, long to, int count) {
    if (half) {
      writeHalfLoop(floats, memory.asSlice(2 * to, 2L * count), count);
    } else {
      MemorySegment.copy(floats, 0, memory, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * to, count);
    }
  }

  private static void writeHalfLoop(float[] floats, MemorySegment target, int count) {
    int whole = FLOATS.loopBound(count);
    for (int i = 0; i < whole; i += LANES) {
      halves(FloatVector.fromArray(FLOATS, floats, i)).intoMemorySegment(target, 2L * i, ORDER);
    }
    for (int i = whole; i < count; i++) {
      int bits = Float.floatToRawIntBits(floats[i]);
      int rounded = (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
      target.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, (short) rounded);
    }
  }

  /// A vector rounded to BF16.
  static ShortVector halves(FloatVector floats) {
    return narrow(rounded(floats));
  }

  /// The lower halves of lanes.
  static ShortVector narrow(IntVector words) {
    return (ShortVector) words.convertShape(VectorOperators.I2S, HALVES, 0);
  }

  /// The same in the lower half of each lane, zeros above.
  static IntVector rounded(FloatVector floats) {
    IntVector bits = floats.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).lanewise(VectorOperators.AND, 1);
    return bits.add(0x7fff).add(odd).lanewise(VectorOperators.LSHR, 16);
  }

  /// Both rounded to BF16, the second in the upper half of each lane.
  static IntVector pair(FloatVector first, FloatVector second) {
    return pair(rounded(first), rounded(second));
  }

  /// Of lanes with BF16 numbers in their lower halves.
  static IntVector pair(IntVector first, IntVector second) {
    return first.or(second.lanewise(VectorOperators.LSHL, 16));
  }

  /// The sum of all lanes, in their order: `reduceLanes` may add in any.
  static float sum(FloatVector vector) {
    float sum = 0;
    for (float lane : vector.toArray()) {
      sum += lane;
    }
    return sum;
  }
}

package dev.auspex.tensor.kernel;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Sixteen rows of sixteen pairs of BF16 numbers, which become columns. Belongs to one thread.
///
/// Halves of the tile change places, then halves of halves, and so on: two such steps with four
/// rows at a time in registers, then the other two.
final class Tile {
  /// Rows, and pairs in each.
  static final int SIZE = 16;

  private static final VectorSpecies<Integer> PAIRS = IntVector.SPECIES_512;
  private static final VectorSpecies<Short> HALVES = ShortVector.SPECIES_256;
  private static final IntVector FIRST_1 = lanes(1, 0);
  private static final IntVector FIRST_2 = lanes(2, 0);
  private static final IntVector FIRST_4 = lanes(4, 0);
  private static final IntVector FIRST_8 = lanes(8, 0);
  private static final IntVector SECOND_1 = lanes(1, 1);
  private static final IntVector SECOND_2 = lanes(2, 2);
  private static final IntVector SECOND_4 = lanes(4, 4);
  private static final IntVector SECOND_8 = lanes(8, 8);

  private final int[] pairs = new int[SIZE * SIZE];

  /// Of two rows, blocks of `distance` lanes from either in turn.
  private static IntVector lanes(int distance, int from) {
    int[] lanes = new int[SIZE];
    for (int lane = 0; lane < SIZE; lane++) {
      boolean upper = (lane & distance) != 0;
      lanes[lane] = (upper ? SIZE + lane - distance : lane) + from;
    }
    return IntVector.fromArray(PAIRS, lanes, 0);
  }

  /// Sixteen columns of two rows of BF16 numbers, paired.
  ///
  /// @param at where the first row's lie, in bytes
  /// @param stride to the second row's
  static IntVector pair(MemorySegment from, long at, long stride) {
    return wide(from, at).or(wide(from, at + stride).lanewise(VectorOperators.LSHL, 16));
  }

  private static IntVector wide(MemorySegment from, long at) {
    ShortVector halves = ShortVector.fromMemorySegment(HALVES, from, at, Memory.ORDER);
    return (IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, PAIRS, 0);
  }

  /// Makes sixteen rows of thirty-two BF16 numbers of thirty-two rows of sixteen.
  ///
  /// @param at where the first of them lies, in bytes
  /// @param stride to the next row
  /// @param start where the first goes
  /// @param step to the next
  void turn(MemorySegment from, long at, long stride, MemorySegment to, long start, long step) {
    for (int i = 0; i < 4; i++) {
      long first = at + 2 * i * stride;
      far(
          i,
          pair(from, first, stride),
          pair(from, first + 8 * stride, stride),
          pair(from, first + 16 * stride, stride),
          pair(from, first + 24 * stride, stride));
    }
    near(to, start, step);
  }

  /// Takes rows `i`, `i + 4`, `i + 8` and `i + 12`.
  private void far(int i, IntVector a, IntVector b, IntVector c, IntVector d) {
    IntVector ac = FIRST_8.selectFrom(a, c);
    IntVector ca = SECOND_8.selectFrom(a, c);
    IntVector bd = FIRST_8.selectFrom(b, d);
    IntVector db = SECOND_8.selectFrom(b, d);
    int at = i * SIZE;
    FIRST_4.selectFrom(ac, bd).intoArray(pairs, at);
    SECOND_4.selectFrom(ac, bd).intoArray(pairs, at + 4 * SIZE);
    FIRST_4.selectFrom(ca, db).intoArray(pairs, at + 8 * SIZE);
    SECOND_4.selectFrom(ca, db).intoArray(pairs, at + 12 * SIZE);
  }

  private void near(MemorySegment to, long start, long step) {
    for (int i = 0; i < SIZE; i += 4) {
      int at = i * SIZE;
      IntVector a = IntVector.fromArray(PAIRS, pairs, at);
      IntVector b = IntVector.fromArray(PAIRS, pairs, at + SIZE);
      IntVector c = IntVector.fromArray(PAIRS, pairs, at + 2 * SIZE);
      IntVector d = IntVector.fromArray(PAIRS, pairs, at + 3 * SIZE);
      IntVector ac = FIRST_2.selectFrom(a, c);
      IntVector ca = SECOND_2.selectFrom(a, c);
      IntVector bd = FIRST_2.selectFrom(b, d);
      IntVector db = SECOND_2.selectFrom(b, d);
      long first = start + i * step;
      FIRST_1.selectFrom(ac, bd).intoMemorySegment(to, first, Memory.ORDER);
      SECOND_1.selectFrom(ac, bd).intoMemorySegment(to, first + step, Memory.ORDER);
      FIRST_1.selectFrom(ca, db).intoMemorySegment(to, first + 2 * step, Memory.ORDER);
      SECOND_1.selectFrom(ca, db).intoMemorySegment(to, first + 3 * step, Memory.ORDER);
    }
  }
}

package dev.auspex.tensor.kernel;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Tiles of sixteen rows of sixteen pairs of BF16 numbers, which become columns. Belongs to one
/// thread.
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

  private final int[] pairs = new int[2 * SIZE * SIZE];

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
    return Memory.pair(wide(from, at), wide(from, at + stride));
  }

  private static IntVector wide(MemorySegment from, long at) {
    ShortVector halves = ShortVector.fromMemorySegment(HALVES, from, at, Memory.ORDER);
    return (IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, PAIRS, 0);
  }

  /// Makes columns of rows of BF16 numbers.
  ///
  /// @param at where the first row lies, in bytes
  /// @param stride to the next row
  /// @param count of rows, a multiple of 32
  /// @param wide numbers of each, a multiple of 16
  /// @param to where the columns become rows
  /// @param step from one of those to the next
  void turnLoop(
      MemorySegment from, long at, long stride, int count, int wide, MemorySegment to, long step) {
    for (int i = 0; i < count; i += 2 * SIZE) {
      for (int j = 0; j < wide; j += 2 * SIZE) {
        int tiles = Math.min(2, (wide - j) / SIZE);
        gather(from, at + i * stride + 2 * j, stride, tiles);
        for (int tile = 0; tile < tiles; tile++) {
          near(tile * SIZE * SIZE, to, (j + tile * SIZE) * step + 2 * i, step);
        }
      }
    }
  }

  /// Makes columns of rows of words of four bytes.
  ///
  /// @param stride from row to row, in bytes
  /// @param count of rows, a multiple of 16
  /// @param wide words of each, a multiple of 16
  /// @param to where the columns become rows
  /// @param step from one of those to the next
  void turnWordsLoop(
      MemorySegment from, long stride, int count, int wide, MemorySegment to, long step) {
    for (int i = 0; i < count; i += SIZE) {
      for (int j = 0; j < wide; j += SIZE) {
        for (int k = 0; k < 4; k++) {
          long at = (i + k) * stride + 4L * j;
          far(
              k * SIZE,
              words(from, at),
              words(from, at + 4 * stride),
              words(from, at + 8 * stride),
              words(from, at + 12 * stride));
        }
        near(0, to, j * step + 4L * i, step);
      }
    }
  }

  private static IntVector words(MemorySegment from, long at) {
    return IntVector.fromMemorySegment(PAIRS, from, at, Memory.ORDER);
  }

  /// Reads one or two tiles side by side: a whole line of the cache while it is there, for rows a
  /// power of two apart drive each other out.
  private void gather(MemorySegment from, long at, long stride, int tiles) {
    for (int i = 0; i < 4; i++) {
      for (int tile = 0; tile < tiles; tile++) {
        long first = at + 2 * i * stride + 2 * tile * SIZE;
        far(
            tile * SIZE * SIZE + i * SIZE,
            pair(from, first, stride),
            pair(from, first + 8 * stride, stride),
            pair(from, first + 16 * stride, stride),
            pair(from, first + 24 * stride, stride));
      }
    }
  }

  /// Takes rows `i`, `i + 4`, `i + 8` and `i + 12` of a tile, of which row `i` goes to `at`.
  private void far(int at, IntVector a, IntVector b, IntVector c, IntVector d) {
    IntVector ac = FIRST_8.selectFrom(a, c);
    IntVector ca = SECOND_8.selectFrom(a, c);
    IntVector bd = FIRST_8.selectFrom(b, d);
    IntVector db = SECOND_8.selectFrom(b, d);
    FIRST_4.selectFrom(ac, bd).intoArray(pairs, at);
    SECOND_4.selectFrom(ac, bd).intoArray(pairs, at + 4 * SIZE);
    FIRST_4.selectFrom(ca, db).intoArray(pairs, at + 8 * SIZE);
    SECOND_4.selectFrom(ca, db).intoArray(pairs, at + 12 * SIZE);
  }

  private void near(int tile, MemorySegment to, long start, long step) {
    for (int i = 0; i < SIZE; i += 4) {
      int at = tile + i * SIZE;
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

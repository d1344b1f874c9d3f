package dev.auspex.tensor.kernel;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import dev.auspex.tensor.kernel.Microkernel.Operand;
import java.lang.foreign.MemorySegment;

/// One head of a sequence in BF16, as {@link Microkernel} takes it in blocks of `WIDTH` queries.
///
/// All is padded to whole blocks and tiles with zeros, which change nothing: keys behind a query
/// are hidden from it, and the results of queries behind the last are not used. Belongs to one
/// thread.
final class HalfBlock {
  /// Queries of a block, whose scores are its columns.
  static final int WIDTH = 32;

  final Heads heads;
  final int seqLen;

  /// A sequence in whole blocks, and the width of a head in whole tiles.
  final int length;

  final int stride;

  /// Keys and queries `[length, stride]`.
  final Operand keys;

  final Operand queries;

  /// Scores in FP32, or gradients of the probabilities `[length, WIDTH]`.
  final Operand scores;

  final HeadRows near;
  final HalfRows rows;
  private final Memory rotatedKeys;
  private final Memory rotatedQueries;
  private final Tile tile = new Tile();
  private final Operand turned; // [stride, length and a little, against rows a power of two apart]

  HalfBlock(Heads heads, int seqLen, HeadRows near) {
    this.heads = heads;
    this.seqLen = seqLen;
    this.length = length(seqLen);
    this.stride = near.strips.stride;
    this.near = near;
    this.rows = new HalfRows(near, seqLen);
    this.rotatedKeys = Memory.in(near.room, DType.BF16, (long) length * stride);
    this.rotatedQueries = Memory.in(near.room, DType.BF16, (long) length * stride);
    this.keys = new Operand(rotatedKeys.segment(), stride);
    this.queries = new Operand(rotatedQueries.segment(), stride);
    this.turned = halves(stride, length + 2 * Tile.SIZE);
    this.scores = floats(length, WIDTH);
  }

  private static int blocks(int count) {
    return (count + WIDTH - 1) / WIDTH;
  }

  static int length(int seqLen) {
    return blocks(seqLen) * WIDTH;
  }

  static int stride(Heads heads) {
    return (heads.width() + 2 * Tile.SIZE - 1) / (2 * Tile.SIZE) * 2 * Tile.SIZE;
  }

  /// Powers that are kept of a head of a sequence for the gradient: those of each block one behind
  /// another, as many rows as it sees.
  static long powers(int seqLen) {
    long blocks = blocks(seqLen);
    return WIDTH * WIDTH * blocks * (blocks + 1) / 2;
  }

  /// The powers of a block.
  ///
  /// @param head of queries, among those of all sequences
  MemorySegment powers(MemorySegment all, long head, int first) {
    long at = 2 * (head * powers(seqLen) + powers(first));
    return all.asSlice(at, 2L * (first + WIDTH) * WIDTH);
  }

  /// One over their sums.
  MemorySegment inverses(MemorySegment all, long head, int first) {
    return all.asSlice(4 * (head * length + first), 4L * WIDTH);
  }

  Operand halves(int rows, int columns) {
    return new Operand(near.room.take(2L * rows * columns), columns);
  }

  Operand floats(int rows, int columns) {
    return new Operand(near.room.take(4L * rows * columns), columns);
  }

  void readKeysAndValues(long sequence, int head) {
    near.bringKeysAndValues(sequence, head);
    rows.readKeys(rotatedKeys);
  }

  void readQueries(long sequence, int head) {
    near.bringQueries(sequence, head);
    rows.readQueries(rotatedQueries);
  }

  /// Values `[length, stride]`.
  Operand values() {
    return new Operand(near.strips.memory().segment().asSlice(2 * near.values), stride);
  }

  /// Keys or values as columns `[stride, length]`, until this is called again.
  Operand turned(Operand matrix) {
    long step = 2 * turned.stride();
    tile.turnLoop(matrix.memory(), 0, 2L * stride, length, stride, turned.memory(), step);
    return turned;
  }

  /// Rows of a block stood upright `[stride, WIDTH]`, as a right side.
  ///
  /// @param first of the block's rows `[length, stride]`
  Operand upright(MemorySegment rows, int first, MemorySegment into) {
    MemorySegment block = rows.asSlice(2L * first * stride);
    tile.turnWordsLoop(block, 2L * stride, WIDTH, stride / 2, into, 4L * WIDTH);
    return new Operand(into, WIDTH);
  }

  /// Rows of a block as a right side `[WIDTH, stride]`.
  Operand pairedLoop(MemorySegment rows, int first, MemorySegment into) {
    for (long row = 0; row < WIDTH; row += 2) {
      for (int i = 0; i < stride; i += Tile.SIZE) {
        Tile.pair(rows, 2 * ((first + row) * stride + i), 2L * stride)
            .intoMemorySegment(into, 2 * (row * stride + 2 * i), Memory.ORDER);
      }
    }
    return new Operand(into, stride);
  }

  /// Lays words of four bytes `[count, WIDTH]` down `[WIDTH, count]`.
  void layDown(MemorySegment columns, int count, MemorySegment into) {
    tile.turnWordsLoop(columns, 4L * WIDTH, count, WIDTH, into, 4L * count);
  }
}

package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Operands;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.kernel.Microkernel.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Large BF16 matrix products with gradients, sums in FP32, by blocks that stay in the caches.
///
/// libtorch hands such products to the same {@link Microkernel}, but lays both sides out anew with
/// kernels of its own. Here pairs of rows of the right side are laid side by side once, and columns
/// of the left side are laid down as rows just before they are used. Not for right sides whose
/// columns would have to be turned too, where nothing is gained.
final class HalfProduct {
  /// Fewest multiplications, and rows of the result, that are worth laying the right side out.
  private static final double LEAST_WORK = 1 << 24;

  private static final int FEWEST_ROWS = 128;

  /// Rows that threads take as one.
  private static final int UNIT = 64;

  /// A block of the result.
  private static final int ROWS = 256;

  private static final int COLUMNS = 64;

  /// Rows, and at most so many columns, that are brought near at once to be paired or turned.
  private static final int DEPTH = 2 * Tile.SIZE;

  private static final int WIDEST = 1024;

  /// Longest inner dimension of one call.
  private static final int INNER = 2048;

  private static final ThreadLocal<Own> OWN = ThreadLocal.withInitial(Own::new);

  private final Tensor left;
  private final Tensor right;
  private final int rows;
  private final int columns;
  private final int inner;

  private HalfProduct(Tensor left, Tensor right) {
    this.left = left;
    this.right = right;
    this.inner = Math.toIntExact(right.size(0));
    this.rows = Math.toIntExact(left.numElements() / inner);
    this.columns = Math.toIntExact(right.size(1));
  }

  /// What a thread works with.
  private static final class Own {
    final Scratch left = new Scratch();
    final Scratch near = new Scratch();
    final Scratch right = new Scratch();
    final Scratch sums = new Scratch();
    final Tile tile = new Tile();
  }

  /// Memory that grows with the largest product.
  private static final class Scratch {
    private MemorySegment memory = MemorySegment.NULL;

    MemorySegment of(long bytes) {
      if (memory.byteSize() < bytes) {
        memory = Arena.ofAuto().allocate(bytes, 64);
      }
      return memory;
    }
  }

  /// Whether {@link #of} can and should make this product.
  static boolean fits(Tensor a, Tensor b) {
    if (!Microkernel.usable()
        || a.dtype() != DType.BF16
        || b.dtype() != DType.BF16
        || !Operands.isRowMajor(b)
        || b.shape().length != 2
        || a.size(-1) != b.size(0)
        || Operands.areRecorded(a, b)) {
      return false;
    }
    long rows = a.numElements() / Math.max(1, b.size(0));
    return (Operands.isRowMajor(a) || Operands.isTransposed(a) && rows % Tile.SIZE == 0)
        && b.size(0) % DEPTH == 0
        && b.size(1) % Tile.SIZE == 0
        && rows >= FEWEST_ROWS
        && (double) a.numElements() * b.size(1) >= LEAST_WORK;
  }

  /// `a b`; gradients are not recorded.
  ///
  /// @param a `[..., n]`, row-major or the transpose of a row-major matrix
  /// @param b `[n, m]`, row-major
  /// @return `[..., m]`
  static Tensor of(Tensor a, Tensor b) {
    long[] shape = a.shape();
    shape[shape.length - 1] = b.size(1);
    Tensor result = Device.empty(DType.BF16, shape);
    HalfProduct product = new HalfProduct(a, b);
    product.multiply(product.paired(), result.memory());
    return result;
  }

  /// The right side in blocks of columns `[inner / 2, COLUMNS]` of pairs, read and written in the
  /// order of memory.
  private MemorySegment paired() {
    MemorySegment to = OWN.get().right.of(2L * columns * inner);
    Spans.each(
        inner / DEPTH,
        (long) DEPTH * columns,
        (first, end) -> {
          for (long row = DEPTH * first; row < DEPTH * end; row += DEPTH) {
            for (int column = 0; column < columns; column += WIDEST) {
              int wide = Math.min(WIDEST, columns - column);
              pair(
                  near(right.memory(), row * columns + column, columns, wide),
                  row,
                  column,
                  wide,
                  to);
            }
          }
        });
    return to;
  }

  private void pair(MemorySegment near, long row, int column, int wide, MemorySegment to) {
    for (int i = 0; i < wide; i += COLUMNS) {
      int block = Math.min(COLUMNS, columns - column - i);
      pairLoop(near, 2L * i, 2L * wide, block, to, 2 * ((long) (column + i) * inner + row * block));
    }
  }

  /// {@link #DEPTH} rows of BF16 numbers, side by side in a cache: rows that lie apart come faster
  /// from the main memory if they are only copied.
  ///
  /// @param from the first number
  /// @param stride from row to row
  /// @param wide numbers of each
  private static MemorySegment near(MemorySegment memory, long from, long stride, int wide) {
    MemorySegment near = OWN.get().near.of(2L * DEPTH * wide);
    for (int row = 0; row < DEPTH; row++) {
      MemorySegment.copy(memory, 2 * (from + row * stride), near, 2L * row * wide, 2L * wide);
    }
    return near;
  }

  private static void pairLoop(
      MemorySegment from, long at, long stride, int wide, MemorySegment to, long start) {
    for (int row = 0; row < DEPTH; row += 2) {
      for (int i = 0; i < wide; i += Tile.SIZE) {
        Tile.pair(from, at + row * stride + 2L * i, stride)
            .intoMemorySegment(to, start + 2L * (row * wide + 2 * i), Memory.ORDER);
      }
    }
  }

  private void multiply(MemorySegment paired, MemorySegment to) {
    MemorySegment from = (Operands.isRowMajor(left) ? left : left.transpose(0, 1)).memory();
    Spans.each(
        (rows + UNIT - 1) / UNIT,
        (long) UNIT * inner,
        (first, end) -> {
          int last = (int) Math.min(rows, end * UNIT);
          for (int row = (int) first * UNIT; row < last; row += ROWS) {
            multiply(from, row, Math.min(ROWS, last - row), paired, to);
          }
        });
  }

  /// Rows of the result.
  private void multiply(
      MemorySegment from, int row, int high, MemorySegment paired, MemorySegment to) {
    // one block of columns after another, and all at once where each is a sum of several calls
    long apart = inner > INNER ? 4L * ROWS * COLUMNS : 0;
    MemorySegment sums = OWN.get().sums.of(4L * ROWS * COLUMNS + columns / COLUMNS * apart);
    for (int i = 0; i < inner; i += INNER) {
      int deep = Math.min(INNER, inner - i);
      Operand a = band(from, row, high, i, deep);
      for (int column = 0; column < columns; column += COLUMNS) {
        int wide = Math.min(COLUMNS, columns - column);
        Operand b =
            new Operand(paired.asSlice(2 * ((long) column * inner + (long) i * wide)), wide);
        Operand c = new Operand(sums.asSlice(column / COLUMNS * apart), wide);
        Microkernel.multiply(high, wide, deep, a, b, c, i > 0);
        if (i + deep == inner) {
          writeLoop(c.memory(), high, wide, to.asSlice(2 * ((long) row * columns + column)));
        }
      }
    }
  }

  /// Rows of the left side, columns `i` to `i + deep - 1`.
  private Operand band(MemorySegment from, int row, int high, int i, int deep) {
    if (Operands.isRowMajor(left)) {
      return new Operand(from.asSlice(2 * ((long) row * inner + i)), inner);
    }
    // rows a power of two apart would drive each other from the caches
    long stride = INNER + 2 * Tile.SIZE;
    MemorySegment band = OWN.get().left.of(2 * ROWS * stride);
    for (int k = 0; k < deep; k += DEPTH) {
      MemorySegment near = near(from, (long) (i + k) * rows + row, rows, high);
      OWN.get().tile.turnLoop(near, 0, 2L * high, DEPTH, high, band.asSlice(2L * k), 2 * stride);
    }
    return new Operand(band, stride);
  }

  private void writeLoop(MemorySegment sums, int high, int wide, MemorySegment to) {
    for (int i = 0; i < high; i++) {
      for (int j = 0; j < wide; j += LANES) {
        long at = 4L * (i * wide + j);
        FloatVector floats = FloatVector.fromMemorySegment(FLOATS, sums, at, Memory.ORDER);
        Memory.halves(floats).intoMemorySegment(to, 2 * ((long) i * columns + j), Memory.ORDER);
      }
    }
  }
}

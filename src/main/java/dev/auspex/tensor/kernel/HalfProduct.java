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

  /// A block of the result.
  private static final int ROWS = 128;

  private static final int COLUMNS = 64;

  /// Blocks of columns a thread does before it goes to the next rows.
  private static final int BLOCKS = 16;

  /// Longest inner dimension of one call.
  private static final int INNER = 2048;

  private static final ThreadLocal<Scratch> LEFT = ThreadLocal.withInitial(Scratch::new);
  private static final ThreadLocal<Scratch> RIGHT = ThreadLocal.withInitial(Scratch::new);
  private static final ThreadLocal<Scratch> SUMS = ThreadLocal.withInitial(Scratch::new);

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

  /// Memory of a thread that grows with the largest product.
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
        && b.size(0) % (2 * Tile.SIZE) == 0
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

  /// The right side in blocks of columns `[inner / 2, COLUMNS]` of pairs, read in the order of
  /// memory.
  private MemorySegment paired() {
    MemorySegment from = right.memory();
    MemorySegment to = RIGHT.get().of(2L * columns * inner);
    Spans.each(
        inner / 2,
        2L * columns,
        (first, end) -> {
          for (long row = 2 * first; row < 2 * end; row += 2) {
            for (int column = 0; column < columns; column += COLUMNS) {
              int wide = Math.min(COLUMNS, columns - column);
              pair(
                  from,
                  2 * (row * columns + column),
                  wide,
                  to,
                  2 * ((long) column * inner + row * wide));
            }
          }
        });
    return to;
  }

  private void pair(MemorySegment from, long at, int wide, MemorySegment to, long start) {
    for (int i = 0; i < wide; i += Tile.SIZE) {
      Tile.pair(from, at + 2L * i, 2L * columns)
          .intoMemorySegment(to, start + 4L * i, Memory.ORDER);
    }
  }

  private void multiply(MemorySegment paired, MemorySegment to) {
    MemorySegment from = (Operands.isRowMajor(left) ? left : left.transpose(0, 1)).memory();
    int groups = (columns + BLOCKS * COLUMNS - 1) / (BLOCKS * COLUMNS);
    int tasks = (rows + ROWS - 1) / ROWS * groups;
    Spans.each(
        tasks,
        (long) ROWS * inner,
        (first, end) -> {
          MemorySegment sums = SUMS.get().of(4L * ROWS * COLUMNS);
          Operand band = null;
          int bandRow = -1;
          for (int task = (int) first; task < end; task++) {
            int row = task / groups * ROWS;
            int high = Math.min(ROWS, rows - row);
            if (row != bandRow) {
              band = band(from, row, high);
              bandRow = row;
            }
            int start = task % groups * BLOCKS * COLUMNS;
            int stop = Math.min(columns, start + BLOCKS * COLUMNS);
            for (int column = start; column < stop; column += COLUMNS) {
              int wide = Math.min(COLUMNS, columns - column);
              multiply(band, high, paired.asSlice(2L * column * inner), wide, sums);
              write(sums, high, wide, to.asSlice(2 * ((long) row * columns + column)));
            }
          }
        });
  }

  /// Rows of the left side.
  private Operand band(MemorySegment from, int row, int high) {
    if (Operands.isRowMajor(left)) {
      return new Operand(from.asSlice(2L * row * inner), inner);
    }
    // rows a power of two apart would drive each other from the caches
    long stride = inner + 2 * Tile.SIZE;
    MemorySegment band = LEFT.get().of(2 * ROWS * stride);
    Tile tile = new Tile();
    for (int i = 0; i < inner; i += 2 * Tile.SIZE) {
      for (int j = 0; j < high; j += Tile.SIZE) {
        long at = 2 * ((long) i * rows + row + j);
        tile.turn(from, at, 2L * rows, band, 2 * (j * stride + i), 2 * stride);
      }
    }
    return new Operand(band, stride);
  }

  private void multiply(
      Operand band, int high, MemorySegment paired, int wide, MemorySegment sums) {
    Operand c = new Operand(sums, wide);
    for (int i = 0; i < inner; i += INNER) {
      Operand a = new Operand(band.memory().asSlice(2L * i), band.stride());
      Operand b = new Operand(paired.asSlice(2L * i * wide), wide);
      Microkernel.multiply(high, wide, Math.min(INNER, inner - i), a, b, c, i > 0);
    }
  }

  private void write(MemorySegment sums, int high, int wide, MemorySegment to) {
    for (int i = 0; i < high; i++) {
      for (int j = 0; j < wide; j += LANES) {
        long at = 4L * (i * wide + j);
        FloatVector floats = FloatVector.fromMemorySegment(FLOATS, sums, at, Memory.ORDER);
        Memory.halves(floats).intoMemorySegment(to, 2 * ((long) i * columns + j), Memory.ORDER);
      }
    }
  }
}

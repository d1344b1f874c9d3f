package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;
import static dev.auspex.tensor.kernel.Products.WIDTH;

import dev.auspex.tensor.kernel.Microkernel.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// {@link HeadMatrix} whose products take BF16 and sum in FP32.
final class HalfMatrix implements HeadMatrix {
  private final int length;
  private final int stride;
  private final float[] floats;
  private final MemorySegment rows; // [length, stride]
  private final MemorySegment columns; // [stride, height]
  private final int height; // a little more than the length, against rows a power of two apart
  private final MemorySegment left; // BF16 of a left side
  private final MemorySegment right; // pairs of a right side
  private final Tile tile = new Tile();

  HalfMatrix(int length, int stride, boolean turned) {
    this.length = length;
    this.stride = stride;
    this.height = turned ? length + 2 * Tile.SIZE : 0;
    this.floats = new float[length * stride];
    this.rows = halves(length * stride);
    this.columns = halves(height * stride);
    this.left = halves(length * WIDTH);
    this.right = halves(Math.max(length, stride) * WIDTH);
  }

  /// Outside the heap like all other memory that vectors are read from: a mixture is slow.
  private static MemorySegment halves(int count) {
    return Arena.ofAuto().allocate(2L * count, 64);
  }

  @Override
  public float[] floats() {
    return floats;
  }

  @Override
  public void ready() {
    round(floats, length * stride, rows);
    if (height > 0) {
      tile.turn(rows, 0, 2L * stride, length, stride, columns, 2L * height);
    }
  }

  @Override
  public void multiply(float[] upright, float[] to, int count) {
    pair(upright, 0, stride);
    multiply(count, stride, new Operand(rows, stride), to);
  }

  @Override
  public void multiplyTransposed(float[] upright, float[] to, int count) {
    pair(upright, 0, count);
    multiply(stride, count, new Operand(columns, height), to);
  }

  private void multiply(int count, int inner, Operand a, float[] to) {
    Operand c = new Operand(MemorySegment.ofArray(to), WIDTH);
    Microkernel.multiply(count, WIDTH, inner, a, new Operand(right, WIDTH), c, false);
  }

  @Override
  public void addProduct(float[] upright, float[] panels, float[] sum, int count) {
    round(upright, count * WIDTH, left);
    Operand a = new Operand(left, WIDTH);
    Operand b = new Operand(right, WIDTH);
    for (int panel = 0; panel < stride; panel += WIDTH) {
      pair(panels, panel * WIDTH, WIDTH);
      Operand c = new Operand(MemorySegment.ofArray(sum).asSlice(4L * panel), stride);
      Microkernel.multiply(count, WIDTH, WIDTH, a, b, c, true);
    }
  }

  private static void round(float[] from, int count, MemorySegment to) {
    for (int i = 0; i < count; i += LANES) {
      Memory.halves(FloatVector.fromArray(FLOATS, from, i))
          .intoMemorySegment(to, 2L * i, Memory.ORDER);
    }
  }

  /// Pairs of rows of `WIDTH` numbers become the right side.
  private void pair(float[] from, int at, int count) {
    for (int row = 0; row < count; row += 2) {
      for (int i = 0; i < WIDTH; i += LANES) {
        int upper = at + row * WIDTH + i;
        IntVector first = Memory.rounded(FloatVector.fromArray(FLOATS, from, upper));
        IntVector second = Memory.rounded(FloatVector.fromArray(FLOATS, from, upper + WIDTH));
        first
            .or(second.lanewise(VectorOperators.LSHL, 16))
            .intoMemorySegment(right, 2L * (row * WIDTH + 2 * i), Memory.ORDER);
      }
    }
  }
}

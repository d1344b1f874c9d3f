package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Matrix products of what fits into the processor's caches: `C += A B` and `C += A^T B`.
///
/// `B` and `C` are {@link #WIDTH} columns wide, and the rows of `B` lie one behind another. Each
/// number of `C` is one chain of fused multiplications and additions in the order of the inner
/// dimension.
final class Products {
  /// Rows of `C` that are held in registers at once.
  static final int ROWS = 8;

  /// Columns of a product: two vectors.
  static final int WIDTH = 2 * LANES;

  private Products() {}

  /// A matrix in an array.
  ///
  /// @param at its first element
  /// @param stride from row to row
  record Matrix(float[] array, int at, int stride) {}

  /// `C[rows, WIDTH] = A[rows, inner] B[inner, WIDTH]`, of `C` that lies in one piece.
  ///
  /// @param rows a multiple of {@link #ROWS}
  static void multiply(Matrix a, float[] b, Matrix c, int rows, int inner) {
    Arrays.fill(c.array, c.at, c.at + rows * WIDTH, 0);
    add(a, b, 0, c, rows, inner);
  }

  /// `C[rows, WIDTH] += A[rows, inner] B[inner, WIDTH]`.
  ///
  /// @param from first element of `B`
  /// @param rows a multiple of {@link #ROWS}
  static void add(Matrix a, float[] b, int from, Matrix c, int rows, int inner) {
    for (int row = 0; row < rows; row += ROWS) {
      int at = a.at + row * a.stride;
      addRows(a.array, at, a.stride, b, from, inner, c.array, c.at + row * c.stride, c.stride);
    }
  }

  /// `C[columns, WIDTH] = A[inner, columns]^T B[inner, WIDTH]`, of `C` that lies in one piece.
  ///
  /// @param columns a multiple of {@link #ROWS}
  static void multiplyTransposed(Matrix a, float[] b, Matrix c, int columns, int inner) {
    Arrays.fill(c.array, c.at, c.at + columns * WIDTH, 0);
    for (int column = 0; column < columns; column += ROWS) {
      addColumns(a.array, a.at + column, a.stride, b, inner, c.array, c.at + column * WIDTH);
    }
  }

  /// Eight rows of `A`, `stride` apart. All of `C` that it makes is held in registers, hence the
  /// length. Without branches: with one (add to `C` or not) it ran seven times slower. Not one with
  /// {@link #addColumns}: with both strides as arguments they run at 82 and 87 GFLOP/s of one
  /// thread instead of 90 and 111.
  private static void addRows(
      float[] a, int at, int stride, float[] b, int from, int inner, float[] c, int to, int width) {
    FloatVector c0l = vector(c, to);
    FloatVector c0r = vector(c, to + LANES);
    FloatVector c1l = vector(c, to + width);
    FloatVector c1r = vector(c, to + width + LANES);
    FloatVector c2l = vector(c, to + 2 * width);
    FloatVector c2r = vector(c, to + 2 * width + LANES);
    FloatVector c3l = vector(c, to + 3 * width);
    FloatVector c3r = vector(c, to + 3 * width + LANES);
    FloatVector c4l = vector(c, to + 4 * width);
    FloatVector c4r = vector(c, to + 4 * width + LANES);
    FloatVector c5l = vector(c, to + 5 * width);
    FloatVector c5r = vector(c, to + 5 * width + LANES);
    FloatVector c6l = vector(c, to + 6 * width);
    FloatVector c6r = vector(c, to + 6 * width + LANES);
    FloatVector c7l = vector(c, to + 7 * width);
    FloatVector c7r = vector(c, to + 7 * width + LANES);
    for (int i = 0; i < inner; i++) {
      FloatVector left = vector(b, from + i * WIDTH);
      FloatVector right = vector(b, from + i * WIDTH + LANES);
      FloatVector a0 = FloatVector.broadcast(FLOATS, a[at + i]);
      c0l = a0.fma(left, c0l);
      c0r = a0.fma(right, c0r);
      FloatVector a1 = FloatVector.broadcast(FLOATS, a[at + stride + i]);
      c1l = a1.fma(left, c1l);
      c1r = a1.fma(right, c1r);
      FloatVector a2 = FloatVector.broadcast(FLOATS, a[at + 2 * stride + i]);
      c2l = a2.fma(left, c2l);
      c2r = a2.fma(right, c2r);
      FloatVector a3 = FloatVector.broadcast(FLOATS, a[at + 3 * stride + i]);
      c3l = a3.fma(left, c3l);
      c3r = a3.fma(right, c3r);
      FloatVector a4 = FloatVector.broadcast(FLOATS, a[at + 4 * stride + i]);
      c4l = a4.fma(left, c4l);
      c4r = a4.fma(right, c4r);
      FloatVector a5 = FloatVector.broadcast(FLOATS, a[at + 5 * stride + i]);
      c5l = a5.fma(left, c5l);
      c5r = a5.fma(right, c5r);
      FloatVector a6 = FloatVector.broadcast(FLOATS, a[at + 6 * stride + i]);
      c6l = a6.fma(left, c6l);
      c6r = a6.fma(right, c6r);
      FloatVector a7 = FloatVector.broadcast(FLOATS, a[at + 7 * stride + i]);
      c7l = a7.fma(left, c7l);
      c7r = a7.fma(right, c7r);
    }
    c0l.intoArray(c, to);
    c0r.intoArray(c, to + LANES);
    c1l.intoArray(c, to + width);
    c1r.intoArray(c, to + width + LANES);
    c2l.intoArray(c, to + 2 * width);
    c2r.intoArray(c, to + 2 * width + LANES);
    c3l.intoArray(c, to + 3 * width);
    c3r.intoArray(c, to + 3 * width + LANES);
    c4l.intoArray(c, to + 4 * width);
    c4r.intoArray(c, to + 4 * width + LANES);
    c5l.intoArray(c, to + 5 * width);
    c5r.intoArray(c, to + 5 * width + LANES);
    c6l.intoArray(c, to + 6 * width);
    c6r.intoArray(c, to + 6 * width + LANES);
    c7l.intoArray(c, to + 7 * width);
    c7r.intoArray(c, to + 7 * width + LANES);
  }

  /// Eight columns of `A` side by side, whose rows lie `stride` apart.
  private static void addColumns(
      float[] a, int at, int stride, float[] b, int inner, float[] c, int to) {
    FloatVector c0l = vector(c, to);
    FloatVector c0r = vector(c, to + LANES);
    FloatVector c1l = vector(c, to + 2 * LANES);
    FloatVector c1r = vector(c, to + 3 * LANES);
    FloatVector c2l = vector(c, to + 4 * LANES);
    FloatVector c2r = vector(c, to + 5 * LANES);
    FloatVector c3l = vector(c, to + 6 * LANES);
    FloatVector c3r = vector(c, to + 7 * LANES);
    FloatVector c4l = vector(c, to + 8 * LANES);
    FloatVector c4r = vector(c, to + 9 * LANES);
    FloatVector c5l = vector(c, to + 10 * LANES);
    FloatVector c5r = vector(c, to + 11 * LANES);
    FloatVector c6l = vector(c, to + 12 * LANES);
    FloatVector c6r = vector(c, to + 13 * LANES);
    FloatVector c7l = vector(c, to + 14 * LANES);
    FloatVector c7r = vector(c, to + 15 * LANES);
    int row = at;
    for (int i = 0; i < inner; i++, row += stride) {
      FloatVector left = vector(b, i * WIDTH);
      FloatVector right = vector(b, i * WIDTH + LANES);
      FloatVector a0 = FloatVector.broadcast(FLOATS, a[row]);
      c0l = a0.fma(left, c0l);
      c0r = a0.fma(right, c0r);
      FloatVector a1 = FloatVector.broadcast(FLOATS, a[row + 1]);
      c1l = a1.fma(left, c1l);
      c1r = a1.fma(right, c1r);
      FloatVector a2 = FloatVector.broadcast(FLOATS, a[row + 2]);
      c2l = a2.fma(left, c2l);
      c2r = a2.fma(right, c2r);
      FloatVector a3 = FloatVector.broadcast(FLOATS, a[row + 3]);
      c3l = a3.fma(left, c3l);
      c3r = a3.fma(right, c3r);
      FloatVector a4 = FloatVector.broadcast(FLOATS, a[row + 4]);
      c4l = a4.fma(left, c4l);
      c4r = a4.fma(right, c4r);
      FloatVector a5 = FloatVector.broadcast(FLOATS, a[row + 5]);
      c5l = a5.fma(left, c5l);
      c5r = a5.fma(right, c5r);
      FloatVector a6 = FloatVector.broadcast(FLOATS, a[row + 6]);
      c6l = a6.fma(left, c6l);
      c6r = a6.fma(right, c6r);
      FloatVector a7 = FloatVector.broadcast(FLOATS, a[row + 7]);
      c7l = a7.fma(left, c7l);
      c7r = a7.fma(right, c7r);
    }
    c0l.intoArray(c, to);
    c0r.intoArray(c, to + LANES);
    c1l.intoArray(c, to + 2 * LANES);
    c1r.intoArray(c, to + 3 * LANES);
    c2l.intoArray(c, to + 4 * LANES);
    c2r.intoArray(c, to + 5 * LANES);
    c3l.intoArray(c, to + 6 * LANES);
    c3r.intoArray(c, to + 7 * LANES);
    c4l.intoArray(c, to + 8 * LANES);
    c4r.intoArray(c, to + 9 * LANES);
    c5l.intoArray(c, to + 10 * LANES);
    c5r.intoArray(c, to + 11 * LANES);
    c6l.intoArray(c, to + 12 * LANES);
    c6r.intoArray(c, to + 13 * LANES);
    c7l.intoArray(c, to + 14 * LANES);
    c7r.intoArray(c, to + 15 * LANES);
  }

  private static FloatVector vector(float[] array, int at) {
    return FloatVector.fromArray(FLOATS, array, at);
  }
}

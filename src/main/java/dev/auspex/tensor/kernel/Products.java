package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import jdk.incubator.vector.FloatVector;

/// Matrix products of what fits into the processor's caches: `C = A B`, `C += A B`, `C = A^T B`.
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

  /// `C[rows, WIDTH] = A[rows, inner] B[inner, WIDTH]`.
  ///
  /// @param rows a multiple of {@link #ROWS}
  static void multiply(Matrix a, float[] b, int from, Matrix c, int rows, int inner) {
    for (int row = 0; row < rows; row += ROWS) {
      rows(
          a.array,
          a.at + row * a.stride,
          a.stride,
          b,
          from,
          inner,
          c.array,
          c.at + row * c.stride,
          c.stride,
          false);
    }
  }

  /// `C[rows, WIDTH] += A[rows, inner] B[inner, WIDTH]`.
  ///
  /// @param rows a multiple of {@link #ROWS}
  static void addProduct(Matrix a, float[] b, int from, Matrix c, int rows, int inner) {
    for (int row = 0; row < rows; row += ROWS) {
      rows(
          a.array,
          a.at + row * a.stride,
          a.stride,
          b,
          from,
          inner,
          c.array,
          c.at + row * c.stride,
          c.stride,
          true);
    }
  }

  /// `C[columns, WIDTH] = A[inner, columns]^T B[inner, WIDTH]`.
  ///
  /// @param columns a multiple of {@link #ROWS}
  static void multiplyTransposed(Matrix a, float[] b, Matrix c, int columns, int inner) {
    for (int column = 0; column < columns; column += ROWS) {
      columns(
          a.array, a.at + column, a.stride, b, inner, c.array, c.at + column * c.stride, c.stride);
    }
  }

  /// Eight rows; `a`'s rows lie `stride` apart.
  private static void rows(
      float[] a,
      int at,
      int stride,
      float[] b,
      int from,
      int inner,
      float[] c,
      int to,
      int width,
      boolean add) {
    FloatVector c0l = FloatVector.zero(FLOATS);
    FloatVector c0r = FloatVector.zero(FLOATS);
    FloatVector c1l = FloatVector.zero(FLOATS);
    FloatVector c1r = FloatVector.zero(FLOATS);
    FloatVector c2l = FloatVector.zero(FLOATS);
    FloatVector c2r = FloatVector.zero(FLOATS);
    FloatVector c3l = FloatVector.zero(FLOATS);
    FloatVector c3r = FloatVector.zero(FLOATS);
    FloatVector c4l = FloatVector.zero(FLOATS);
    FloatVector c4r = FloatVector.zero(FLOATS);
    FloatVector c5l = FloatVector.zero(FLOATS);
    FloatVector c5r = FloatVector.zero(FLOATS);
    FloatVector c6l = FloatVector.zero(FLOATS);
    FloatVector c6r = FloatVector.zero(FLOATS);
    FloatVector c7l = FloatVector.zero(FLOATS);
    FloatVector c7r = FloatVector.zero(FLOATS);
    for (int i = 0; i < inner; i++) {
      FloatVector left = FloatVector.fromArray(FLOATS, b, from + i * WIDTH);
      FloatVector right = FloatVector.fromArray(FLOATS, b, from + i * WIDTH + LANES);
      FloatVector a0 = FloatVector.broadcast(FLOATS, a[at + 0 * stride + i]);
      c0l = a0.fma(left, c0l);
      c0r = a0.fma(right, c0r);
      FloatVector a1 = FloatVector.broadcast(FLOATS, a[at + 1 * stride + i]);
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
    put(c0l, c0r, c, to + 0 * width, add);
    put(c1l, c1r, c, to + 1 * width, add);
    put(c2l, c2r, c, to + 2 * width, add);
    put(c3l, c3r, c, to + 3 * width, add);
    put(c4l, c4r, c, to + 4 * width, add);
    put(c5l, c5r, c, to + 5 * width, add);
    put(c6l, c6r, c, to + 6 * width, add);
    put(c7l, c7r, c, to + 7 * width, add);
  }

  /// Eight columns of `a`, side by side; `a`'s rows lie `stride` apart.
  private static void columns(
      float[] a, int at, int stride, float[] b, int inner, float[] c, int to, int width) {
    FloatVector c0l = FloatVector.zero(FLOATS);
    FloatVector c0r = FloatVector.zero(FLOATS);
    FloatVector c1l = FloatVector.zero(FLOATS);
    FloatVector c1r = FloatVector.zero(FLOATS);
    FloatVector c2l = FloatVector.zero(FLOATS);
    FloatVector c2r = FloatVector.zero(FLOATS);
    FloatVector c3l = FloatVector.zero(FLOATS);
    FloatVector c3r = FloatVector.zero(FLOATS);
    FloatVector c4l = FloatVector.zero(FLOATS);
    FloatVector c4r = FloatVector.zero(FLOATS);
    FloatVector c5l = FloatVector.zero(FLOATS);
    FloatVector c5r = FloatVector.zero(FLOATS);
    FloatVector c6l = FloatVector.zero(FLOATS);
    FloatVector c6r = FloatVector.zero(FLOATS);
    FloatVector c7l = FloatVector.zero(FLOATS);
    FloatVector c7r = FloatVector.zero(FLOATS);
    int row = at;
    for (int i = 0; i < inner; i++, row += stride) {
      FloatVector left = FloatVector.fromArray(FLOATS, b, i * WIDTH);
      FloatVector right = FloatVector.fromArray(FLOATS, b, i * WIDTH + LANES);
      FloatVector a0 = FloatVector.broadcast(FLOATS, a[row + 0]);
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
    put(c0l, c0r, c, to + 0 * width, false);
    put(c1l, c1r, c, to + 1 * width, false);
    put(c2l, c2r, c, to + 2 * width, false);
    put(c3l, c3r, c, to + 3 * width, false);
    put(c4l, c4r, c, to + 4 * width, false);
    put(c5l, c5r, c, to + 5 * width, false);
    put(c6l, c6r, c, to + 6 * width, false);
    put(c7l, c7r, c, to + 7 * width, false);
  }

  private static void put(FloatVector left, FloatVector right, float[] c, int to, boolean add) {
    if (add) {
      left.add(FloatVector.fromArray(FLOATS, c, to)).intoArray(c, to);
      right.add(FloatVector.fromArray(FLOATS, c, to + LANES)).intoArray(c, to + LANES);
    } else {
      left.intoArray(c, to);
      right.intoArray(c, to + LANES);
    }
  }
}

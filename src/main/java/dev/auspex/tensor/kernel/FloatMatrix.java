package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Products.ROWS;
import static dev.auspex.tensor.kernel.Products.WIDTH;

import dev.auspex.tensor.kernel.Products.Matrix;

/// Keys or values of one head `[length, stride]` in FP32, as products with blocks of `WIDTH`
/// queries take them. Belongs to one thread.
///
/// Lengths and strides are whole blocks of {@link Products#WIDTH}; what is behind a sequence or a
/// head is zero.
final class FloatMatrix {
  private final int width;
  private final Matrix matrix;

  FloatMatrix(int length, int width) {
    int stride = AttentionBlock.length(width);
    this.width = width;
    this.matrix = new Matrix(new float[length * stride], 0, stride);
  }

  /// The numbers, row by row.
  float[] floats() {
    return matrix.array();
  }

  /// `to[rows, WIDTH] = M[rows, stride] columns[stride, WIDTH]`.
  ///
  /// @param rows of the first of `M`, whole blocks
  void multiply(float[] columns, float[] to, int rows) {
    Products.multiply(matrix, columns, new Matrix(to, 0, WIDTH), rows, width);
  }

  /// `to[stride, WIDTH] = M[rows, stride]^T columns[rows, WIDTH]`.
  void multiplyTransposed(float[] columns, float[] to, int rows) {
    int whole = (width + ROWS - 1) / ROWS * ROWS;
    Products.multiplyTransposed(matrix, columns, new Matrix(to, 0, WIDTH), whole, rows);
  }

  /// `sum[rows, stride] += columns[rows, WIDTH] panels`, where panels hold `WIDTH` columns of
  /// `[WIDTH, stride]` each, one behind another.
  void addProduct(float[] columns, float[] panels, float[] sum, int rows) {
    Matrix upright = new Matrix(columns, 0, WIDTH);
    for (int panel = 0; panel < matrix.stride(); panel += WIDTH) {
      Matrix part = new Matrix(sum, panel, matrix.stride());
      Products.add(upright, panels, panel * WIDTH, part, rows, WIDTH);
    }
  }
}

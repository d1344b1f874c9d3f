package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Products.ROWS;
import static dev.auspex.tensor.kernel.Products.WIDTH;

import dev.auspex.tensor.kernel.Products.Matrix;

/// {@link HeadMatrix} in FP32.
final class FloatMatrix implements HeadMatrix {
  private final int width;
  private final Matrix matrix;

  FloatMatrix(int length, int width) {
    int stride = AttentionBlock.length(width);
    this.width = width;
    this.matrix = new Matrix(new float[length * stride], 0, stride);
  }

  @Override
  public float[] floats() {
    return matrix.array();
  }

  @Override
  public void ready() {}

  @Override
  public void multiply(float[] columns, float[] to, int rows) {
    Products.multiply(matrix, columns, new Matrix(to, 0, WIDTH), rows, width);
  }

  @Override
  public void multiplyTransposed(float[] columns, float[] to, int rows) {
    int whole = (width + ROWS - 1) / ROWS * ROWS;
    Products.multiplyTransposed(matrix, columns, new Matrix(to, 0, WIDTH), whole, rows);
  }

  @Override
  public void addProduct(float[] columns, float[] panels, float[] sum, int rows) {
    Matrix upright = new Matrix(columns, 0, WIDTH);
    for (int panel = 0; panel < matrix.stride(); panel += WIDTH) {
      Matrix part = new Matrix(sum, panel, matrix.stride());
      Products.add(upright, panels, panel * WIDTH, part, rows, WIDTH);
    }
  }
}

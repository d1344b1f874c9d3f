package dev.auspex.tensor.kernel;

import dev.auspex.tensor.DType;

/// Keys or values of one head `[length, stride]`, as products with blocks of `WIDTH` queries take
/// them. Belongs to one thread.
///
/// Lengths and strides are whole blocks of {@link Products#WIDTH}; what is behind a sequence or a
/// head is zero.
interface HeadMatrix {
  /// For activations of a type.
  ///
  /// @param turned whether it is multiplied by {@link #multiplyTransposed}, otherwise by {@link
  ///     #multiply}
  static HeadMatrix of(DType dtype, int length, int width, boolean turned) {
    return dtype == DType.BF16 && Microkernel.usable()
        ? new HalfMatrix(length, AttentionBlock.length(width), turned)
        : new FloatMatrix(length, width);
  }

  /// The numbers, to be written row by row before {@link #ready}.
  float[] floats();

  /// Takes the numbers over.
  void ready();

  /// `to[rows, WIDTH] = M[rows, stride] columns[stride, WIDTH]`.
  ///
  /// @param rows of the first of `M`, whole blocks
  void multiply(float[] columns, float[] to, int rows);

  /// `to[stride, WIDTH] = M[rows, stride]^T columns[rows, WIDTH]`.
  void multiplyTransposed(float[] columns, float[] to, int rows);

  /// `sum[rows, stride] += columns[rows, WIDTH] panels`, where panels hold `WIDTH` columns of
  /// `[WIDTH, stride]` each, one behind another.
  void addProduct(float[] columns, float[] panels, float[] sum, int rows);
}

package dev.auspex.tensor;

import org.bytedeco.pytorch.GradMode;

/// What products by other ways than libtorch's own ask of their operands.
public final class Operands {
  private Operands() {}

  /// Whether elements lie in memory in the order of their places.
  public static boolean isRowMajor(Tensor tensor) {
    return tensor.handle.is_contiguous();
  }

  /// Whether it is a row-major matrix with rows and columns swapped.
  public static boolean isTransposed(Tensor tensor) {
    return tensor.handle.dim() == 2 && tensor.handle.transpose(0, 1).is_contiguous();
  }

  /// Whether autograd would record their product.
  public static boolean areRecorded(Tensor a, Tensor b) {
    return areRecorded(a.handle, b.handle);
  }

  static boolean areRecorded(org.bytedeco.pytorch.Tensor a, org.bytedeco.pytorch.Tensor b) {
    return GradMode.is_enabled() && (a.requires_grad() || b.requires_grad());
  }
}

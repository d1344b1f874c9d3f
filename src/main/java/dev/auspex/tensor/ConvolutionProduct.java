package dev.auspex.tensor;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Large FP32 matrix products as 1x1 convolutions, each row a pixel and each column a channel.
///
/// This build multiplies FP32 matrices with OpenBLAS, which has threads of its own instead of the
/// engine's and therefore is given one only; its convolutions go through oneDNN to all of the
/// engine's (docs/adr/0008). Not for one thread, nor for small products.
final class ConvolutionProduct {
  /// Where OpenBLAS multiplies and oneDNN convolves; MKL uses the engine's threads itself.
  private static final boolean USABLE =
      Loader.getPlatform().endsWith("x86_64") && torch.hasMKLDNN() && !torch.hasMKL();

  /// Fewest multiplications that are worth the calls.
  private static final double LEAST_WORK = 1 << 24;

  /// Up to so many elements of input, libtorch convolves without oneDNN (`use_mkldnn` in its
  /// Convolution.cpp).
  private static final long LEAST_INPUT = 20480;

  private static final long[] ONES = {1, 1};
  private static final long[] NONE = {0, 0};

  private ConvolutionProduct() {}

  /// Whether {@link #of} can and should make this product.
  static boolean fits(Tensor a, Tensor b) {
    if (!USABLE
        || a.scalar_type().value != torch.ScalarType.Float.value
        || b.scalar_type().value != torch.ScalarType.Float.value
        || a.dim() < 2
        || b.dim() != 2
        || a.size(-1) != b.size(0)) {
      return false;
    }
    long input = isTransposed(a) ? b.numel() : a.numel();
    return input > LEAST_INPUT
        && (double) a.numel() * b.size(1) >= LEAST_WORK
        && a.is_cpu()
        && b.is_cpu()
        && torch.get_num_threads() > 1;
  }

  /// `a b`; gradients are recorded.
  ///
  /// @param a `[..., n]`
  /// @param b `[n, m]`
  /// @return `[..., m]`
  static Tensor of(Tensor a, Tensor b) {
    if (isTransposed(a) && !Operands.areRecorded(a, b)) {
      return ofTransposed(a.transpose(0, 1), b);
    }
    long inner = b.size(0);
    long columns = b.size(1);
    Tensor kernel = b.transpose(0, 1).contiguous().view(columns, inner, 1, 1);
    Tensor product = torch.conv2d(pixels(a.reshape(-1, inner)), kernel).permute(0, 2, 3, 1);
    long[] shape = new long[(int) a.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = i == shape.length - 1 ? columns : a.size(i);
    }
    return product.reshape(shape);
  }

  /// `a^T b` as the gradient of a kernel, which needs no copy of `a` turned round.
  private static Tensor ofTransposed(Tensor a, Tensor b) {
    long rows = a.size(1);
    long columns = b.size(1);
    try (BoolPointer kernelOnly = new BoolPointer(3);
        LongArrayRefOptional noBias = new LongArrayRefOptional()) {
      kernelOnly.put(0, false).put(1, true).put(2, false);
      Tensor kernel = torch.empty(new long[] {rows, columns, 1, 1});
      return torch
          .convolution_backward(
              pixels(a), pixels(b), kernel, noBias, ONES, NONE, ONES, false, NONE, 1, kernelOnly)
          .get1()
          .reshape(rows, columns);
    }
  }

  /// Rows `[n, channels]` as an image one pixel high, with the channels of a pixel side by side.
  private static Tensor pixels(Tensor rows) {
    return rows.contiguous().view(1, 1, rows.size(0), rows.size(1)).permute(0, 3, 1, 2);
  }

  private static boolean isTransposed(Tensor a) {
    return a.dim() == 2 && a.stride(0) == 1 && a.stride(1) >= a.size(0) && a.size(0) > 1;
  }
}

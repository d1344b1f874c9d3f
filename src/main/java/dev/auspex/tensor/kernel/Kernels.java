package dev.auspex.tensor.kernel;

import dev.auspex.tensor.Device;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;

/// Whether this process can use the kernels.
public final class Kernels {
  private static final boolean PRESENT =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
          && !Boolean.getBoolean("auspex.kernels.off");

  private Kernels() {}

  /// Whether the JVM was started with `--add-modules jdk.incubator.vector` and tensors live in the
  /// processor's memory; libtorch's operations serve otherwise.
  public static boolean usable() {
    return PRESENT && Device.isProcessor();
  }

  /// `a b` as {@link Tensor#matmul}, large BF16 products by blocks of our own.
  public static Tensor matmul(Tensor a, Tensor b) {
    return usable() && HalfProduct.fits(a, b) ? HalfProduct.of(a, b) : a.matmul(b);
  }

  /// Adds to a leaf's gradient that of its picked rows.
  ///
  /// @param leaf `[vocab, dim]`
  /// @param ids which rows `[...]`
  /// @param gradient of those `[..., dim]`, in any type
  public static void addRowGradients(Tensor leaf, Tensor ids, Tensor gradient) {
    Tensor places = ids.reshape(-1);
    Tensor rows = gradient.reshape(-1, leaf.size(1));
    if (usable()) {
      RowSums.add(Fused.gradOrZeros(leaf), places, rows);
    } else {
      Fused.addGradOfRows(leaf, places, rows.to(leaf.dtype()));
    }
  }
}

package dev.auspex.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Tensors of the wrong shape met: a bug of ours, told in one line. Cure: compare the two shapes.
public final class ShapeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message operation and shapes
  public ShapeException(String message) {
    super(message);
  }

  /// What libtorch says in many lines, in one that names the shapes.
  ///
  /// @param b null for an operation on `a` alone
  static ShapeException translated(
      String operation, RuntimeException e, Tensor a, @Nullable Tensor b) {
    String shapes =
        Arrays.toString(a.shape()) + (b == null ? "" : " by " + Arrays.toString(b.shape()));
    String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new ShapeException(operation + ": cannot apply to " + shapes + " (" + first + ")");
  }
}

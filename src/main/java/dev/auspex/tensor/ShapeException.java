package dev.auspex.tensor;

/// Tensors of the wrong shape met: a bug of ours, told in one line. Cure: compare the two shapes.
public final class ShapeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param message operation and shapes
  public ShapeException(String message) {
    super(message);
  }
}

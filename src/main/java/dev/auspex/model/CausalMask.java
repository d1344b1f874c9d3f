package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import java.util.Arrays;

/// Added to attention scores: 0 where a token may look, minus infinity where it may not.
final class CausalMask {
  private final Tensor square; // [S, S]

  CausalMask(int contextLength, DType compute) {
    float[] values = new float[contextLength * contextLength];
    for (int row = 0; row < contextLength; row++) {
      int from = row * contextLength;
      Arrays.fill(values, from + row + 1, from + contextLength, Float.NEGATIVE_INFINITY);
    }
    this.square = Tensor.of(values, contextLength, contextLength).to(compute);
  }

  /// @return `[length, seen]` for the last `length` of `seen` tokens
  Tensor of(long length, long seen) {
    return square.narrow(0, seen - length, length).narrow(1, 0, seen);
  }
}

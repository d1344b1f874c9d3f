package dev.auspex.model;

import dev.auspex.tensor.Tensor;

/// SwiGLU feed-forward (Shazeer 2020, arXiv 2002.05202): `down(silu(gate(x)) * up(x))`.
final class FeedForward {
  private final int ffnDim;
  private final Linear gateUp;
  private final Linear down;

  FeedForward(int ffnDim, Linear gateUp, Linear down) {
    this.ffnDim = ffnDim;
    this.gateUp = gateUp;
    this.down = down;
  }

  /// @param x normalised activations `[batch, seq, dim]`
  /// @return same shape as `x`
  Tensor forward(Tensor x) {
    Tensor both = gateUp.forward(x); // [B, T, 2F]
    Tensor gate = both.narrow(-1, 0, ffnDim); // [B, T, F]
    Tensor up = both.narrow(-1, ffnDim, ffnDim); // [B, T, F]
    return down.forward(gate.silu().multiply(up)); // [B, T, D]
  }
}

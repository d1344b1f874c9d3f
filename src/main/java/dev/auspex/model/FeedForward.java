package dev.auspex.model;

import dev.auspex.tensor.Tensor;

/// SwiGLU feed-forward (Shazeer 2020, arXiv 2002.05202): `down(silu(gate(x)) * up(x))`; in GPT-2
/// `down(gelu(up(x)))`.
final class FeedForward {
  private final int ffnDim;
  private final boolean gated;
  private final Linear gateUp;
  private final Linear down;

  /// @param gateUp gate and up joined, or up alone where not gated
  FeedForward(int ffnDim, boolean gated, Linear gateUp, Linear down) {
    this.ffnDim = ffnDim;
    this.gated = gated;
    this.gateUp = gateUp;
    this.down = down;
  }

  /// @param x normalised activations `[batch, seq, dim]`
  /// @return same shape as `x`
  Tensor forward(Tensor x) {
    Tensor both = gateUp.forward(x); // [B, T, 2F], or [B, T, F]
    if (!gated) {
      return down.forward(both.gelu());
    }
    Tensor gate = both.narrow(-1, 0, ffnDim); // [B, T, F]
    Tensor up = both.narrow(-1, ffnDim, ffnDim); // [B, T, F]
    return down.forward(gate.silu().multiply(up)); // [B, T, D]
  }
}

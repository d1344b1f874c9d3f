package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.kernel.ActivationKernel;

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

  /// The first half of a pass by hand, all that is kept of it.
  ///
  /// @return arguments of the activation `[batch, seq, 2 * ffn]`, or `[batch, seq, ffn]`
  Tensor inner(Tensor x) {
    return TensorScope.returning(() -> gateUp.forward(x));
  }

  /// The second half.
  ///
  /// @param inner result of the first
  /// @return `[batch, seq, dim]`
  Tensor outer(Tensor inner) {
    return TensorScope.returning(() -> down.forward(activated(inner)));
  }

  private Tensor activated(Tensor inner) {
    if (!gated) {
      Tensor result = inner.emptyLike();
      ActivationKernel.gelu(inner, result);
      return result;
    }
    Tensor result = inner.narrow(-1, 0, ffnDim).emptyLike();
    ActivationKernel.swiGlu(inner, result);
    return result;
  }

  /// Hands gradients to the weights.
  ///
  /// @param x as above
  /// @param inner as above; its memory is used up
  /// @param gradient of the result
  /// @return gradient of `x`
  Tensor backward(Tensor x, Tensor inner, Tensor gradient) {
    Tensor activated = down.inputGradient(gradient); // [B, T, F]
    if (gated) {
      ActivationKernel.swiGluBackward(inner, activated);
    } else {
      ActivationKernel.geluBackward(inner, activated);
    }
    down.addGradients(activated, gradient);
    gateUp.addGradients(x, inner);
    return gateUp.inputGradient(inner);
  }
}

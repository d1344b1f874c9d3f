package dev.auspex.model;

import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// What stands before a projection: RMSNorm, whose gain is folded into the {@link Linear} behind
// it,
/// or GPT-2's LayerNorm, whose native operation applies gain and shift in the same pass.
///
/// @param gain of a LayerNorm `[dim]`, null for an RMSNorm
/// @param shift of a LayerNorm `[dim]`, null for an RMSNorm
record Norm(double eps, @Nullable Tensor gain, @Nullable Tensor shift) {
  /// @param x `[..., dim]`
  /// @return same shape as `x`
  Tensor forward(Tensor x) {
    return gain == null || shift == null
        ? x.rmsNormalize(eps)
        : Fused.layerNorm(x, gain, shift, eps);
  }
}

package dev.auspex.model;

import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.Torch;
import dev.auspex.tensor.kernel.RmsNormKernel;
import org.jspecify.annotations.Nullable;

/// What stands before a projection: RMSNorm, whose gain is folded into the {@link Linear} behind
/// it, or GPT-2's LayerNorm, whose native operation applies gain and shift in the same pass.
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

  /// A norm on its way through a pass by hand.
  ///
  /// @param sum the residual stream that was normalised `[..., dim]`
  /// @param normed same shape
  /// @param scales of an RMSNorm's rows `[rows]`; null for a LayerNorm, whose gradient is
  ///     autograd's
  record Passed(Tensor sum, Tensor normed, @Nullable Tensor scales) {}

  /// Adds a branch to the residual stream and normalises the sum.
  ///
  /// @param stream `[..., dim]`
  /// @param added same shape, null for nothing
  /// @param keep whether the stream is still wanted; an RMSNorm adds to its memory otherwise
  Passed pass(Tensor stream, @Nullable Tensor added, double factor, boolean keep) {
    if (gain == null || shift == null) {
      Tensor normed = stream.emptyLike();
      Tensor sum = added == null || !keep ? stream : stream.emptyLike();
      Tensor scales =
          RmsNormKernel.forward(stream, added, factor, eps, new RmsNormKernel.Results(sum, normed));
      return new Passed(sum, normed, scales);
    }
    Tensor sum = added == null ? stream.detach() : stream.add(added, factor);
    try (Torch.Grad _ = Torch.grad()) {
      return new Passed(sum, Fused.layerNorm(sum.requireGrad(), gain, shift, eps), null);
    }
  }

  /// Adds to the gradient of the sum what comes back through the norm.
  ///
  /// @param normedGradient gradient of the norm's result
  /// @param gradient of the sum, changed in its own memory
  void passBack(Passed passed, Tensor normedGradient, Tensor gradient) {
    if (passed.scales() != null) {
      RmsNormKernel.backward(passed.normed(), passed.scales(), normedGradient, gradient);
    } else {
      passed.normed().backward(normedGradient);
      gradient.addInPlace(passed.sum().takeGrad());
    }
  }
}

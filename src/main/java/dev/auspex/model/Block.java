package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One pre-norm decoder block. The gains of its two norms are folded into the projections.
final class Block {
  private final Attention attention;
  private final FeedForward feedForward;
  private final double normEps;
  private final double residual;

  Block(Attention attention, FeedForward feedForward, GptConfig config) {
    this.attention = attention;
    this.feedForward = feedForward;
    this.normEps = config.normEps();
    this.residual = config.residualMultiplier();
  }

  /// @param x residual stream `[batch, seq, dim]`
  /// @return same shape as `x`
  Tensor forward(Tensor x, @Nullable KvCache cache) {
    Tensor h = x.add(attention.forward(x.rmsNormalize(normEps), cache), residual);
    return h.add(feedForward.forward(h.rmsNormalize(normEps)), residual);
  }
}

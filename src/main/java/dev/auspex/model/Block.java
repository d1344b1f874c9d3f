package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One pre-norm decoder block.
final class Block {
  private final Norm attentionNorm;
  private final Attention attention;
  private final Norm feedForwardNorm;
  private final FeedForward feedForward;
  private final double residual;

  Block(
      Norm attentionNorm,
      Attention attention,
      Norm feedForwardNorm,
      FeedForward feedForward,
      double residual) {
    this.attentionNorm = attentionNorm;
    this.attention = attention;
    this.feedForwardNorm = feedForwardNorm;
    this.feedForward = feedForward;
    this.residual = residual;
  }

  /// @param x residual stream `[batch, seq, dim]`
  /// @return same shape as `x`
  Tensor forward(Tensor x, @Nullable KvCache cache) {
    Tensor h = x.add(attention.forward(attentionNorm.forward(x), cache), residual);
    return h.add(feedForward.forward(feedForwardNorm.forward(h)), residual);
  }
}

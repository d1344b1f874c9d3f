package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// One pre-norm decoder block. The gains of its two norms are folded into the projections.
final class Block {
  private final Attention attention;
  private final FeedForward feedForward;
  private final double normEps;
  private final boolean layerNorm;
  private final double residual;

  Block(Attention attention, FeedForward feedForward, GptConfig config, Variant variant) {
    this.attention = attention;
    this.feedForward = feedForward;
    this.normEps = config.normEps();
    this.layerNorm = variant.gpt2();
    this.residual = config.residualMultiplier();
  }

  /// @param x residual stream `[batch, seq, dim]`
  /// @return same shape as `x`
  Tensor forward(Tensor x, @Nullable KvCache cache) {
    Tensor h = x.add(attention.forward(normalized(x), cache), residual);
    return h.add(feedForward.forward(normalized(h)), residual);
  }

  private Tensor normalized(Tensor x) {
    return layerNorm ? x.layerNormalize(normEps) : x.rmsNormalize(normEps);
  }
}

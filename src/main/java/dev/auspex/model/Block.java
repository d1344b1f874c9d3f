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

  /// What a branch's results are multiplied by when they are added to the stream.
  double residual() {
    return residual;
  }

  /// A forward pass by hand, with what its gradient needs.
  ///
  /// @param first norm before attention
  /// @param attended attention
  /// @param second norm before the feed-forward layer
  /// @param inner arguments of the activation
  /// @param added what is still to be added to the stream `second.sum()`
  record Passed(
      Norm.Passed first,
      Attention.Passed attended,
      Norm.Passed second,
      Tensor inner,
      Tensor added) {}

  /// The pass by hand; {@link #forward} with autograd is its slow twin. To be called without
  /// gradient recording.
  ///
  /// @param stream residual stream `[batch, seq, dim]`
  /// @param added what the block before has left to be added to it, null for nothing
  /// @param keep whether the streams before and in the block are still wanted; their memory may be
  ///     changed otherwise
  Passed pass(Tensor stream, @Nullable Tensor added, boolean keep) {
    Norm.Passed first = attentionNorm.pass(stream, added, residual, keep);
    Attention.Passed attended = attention.pass(first.normed());
    Norm.Passed second =
        feedForwardNorm.pass(first.sum().detach(), attended.result(), residual, keep);
    Tensor inner = feedForward.inner(second.normed());
    return new Passed(first, attended, second, inner, feedForward.outer(inner));
  }

  /// Hands gradients to the weights.
  ///
  /// @param gradient of the residual stream behind the block, changed in its own memory to the one
  ///     before it
  void passBack(Passed passed, Tensor gradient) {
    Norm.Passed second = passed.second();
    Tensor inner = feedForward.backward(second.normed(), passed.inner(), scaled(gradient));
    feedForwardNorm.passBack(second, inner, gradient);
    Norm.Passed first = passed.first();
    Tensor seen = attention.passBack(first.normed(), passed.attended(), scaled(gradient));
    attentionNorm.passBack(first, seen, gradient);
  }

  private Tensor scaled(Tensor gradient) {
    return residual == 1 ? gradient : gradient.multiply(residual);
  }
}

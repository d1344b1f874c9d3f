package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Causal self-attention with grouped keys (Ainslie et al. 2023, arXiv 2305.13245).
///
/// Written as matrix products and a softmax: the fused CPU kernel of this libtorch build is several
/// times slower (see docs/adr).
final class Attention {
  private final GptConfig config;
  private final int layer;
  private final Linear queryKeyValue;
  private final Linear output;
  private final @Nullable Tensor queryGain;
  private final @Nullable Tensor keyGain;
  private final Rope rope;
  private final CausalMask mask;

  Attention(
      GptConfig config,
      int layer,
      Linear queryKeyValue,
      Linear output,
      Gains gains,
      Shared shared) {
    this.config = config;
    this.layer = layer;
    this.queryKeyValue = queryKeyValue;
    this.output = output;
    this.queryGain = gains.query();
    this.keyGain = gains.key();
    this.rope = shared.rope();
    this.mask = shared.mask();
  }

  /// Per-head gains `[E]`; both null without QK-norm.
  record Gains(@Nullable Tensor query, @Nullable Tensor key) {}

  /// Tables common to all layers.
  record Shared(Rope rope, CausalMask mask) {}

  /// @param x normalised activations `[batch, seq, dim]`
  /// @return same shape as `x`
  Tensor forward(Tensor x, @Nullable KvCache cache) {
    long batch = x.size(0);
    long length = x.size(1);
    int heads = config.numHeads();
    int kvHeads = config.numKvHeads();
    int width = config.headDim();
    int start = cache == null ? 0 : cache.length();
    Tensor all = queryKeyValue.forward(x).reshape(batch, length, heads + 2 * kvHeads, width);
    Tensor queryKey = rope.rotate(normalized(all.narrow(2, 0, heads + kvHeads)), start);
    Tensor q = queryKey.narrow(2, 0, heads).transpose(1, 2); // [B, H, T, E]
    Tensor k = queryKey.narrow(2, heads, kvHeads).transpose(1, 2); // [B, K, T, E]
    Tensor v = all.narrow(2, heads + kvHeads, kvHeads).transpose(1, 2); // [B, K, T, E]
    if (cache != null) {
      k = cache.appendKeys(layer, k); // [B, K, S, E]
      v = cache.appendValues(layer, v); // [B, K, S, E]
    }
    int group = heads / kvHeads;
    long seen = k.size(2);
    Tensor grouped = q.reshape(batch, kvHeads, group * length, width); // [B, K, G*T, E]
    Tensor scores =
        grouped.matmul(k.transpose(2, 3)).reshape(batch, heads, length, seen); // [B, H, T, S]
    if (length > 1) {
      scores = scores.addInPlace(mask.of(length, seen));
    }
    Tensor weights = scores.softmax().reshape(batch, kvHeads, group * length, seen);
    Tensor mixed = weights.matmul(v).reshape(batch, heads, length, width); // [B, H, T, E]
    return output.forward(mixed.transpose(1, 2).reshape(batch, length, heads * width));
  }

  private Tensor normalized(Tensor queryKey) {
    if (queryGain == null || keyGain == null) {
      return queryKey;
    }
    Tensor q = queryKey.narrow(2, 0, config.numHeads()).rmsNormalize(config.normEps());
    Tensor k =
        queryKey.narrow(2, config.numHeads(), config.numKvHeads()).rmsNormalize(config.normEps());
    return Tensor.concat(2, q.multiply(queryGain.to(q.dtype())), k.multiply(keyGain.to(k.dtype())));
  }
}

package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.kernel.AttentionKernel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Causal self-attention with grouped keys (Ainslie et al. 2023, arXiv 2305.13245).
///
/// {@link #forward} is written as matrix products and a softmax, for the fused CPU kernel of this
/// libtorch build is several times slower (see docs/adr). Training steps take {@link #pass}, whose
/// slow twin it is.
final class Attention {
  private final GptConfig config;
  private final int layer;
  private final Linear queryKeyValue;
  private final Linear output;
  private final @Nullable Tensor queryGain;
  private final @Nullable Tensor keyGain;
  private final Rope rope;
  private final CausalMask mask;
  private final AttentionKernel kernel;

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
    this.kernel = shared.kernel();
  }

  /// Per-head gains `[E]`; both null without QK-norm.
  record Gains(@Nullable Tensor query, @Nullable Tensor key) {}

  /// Tables common to all layers.
  record Shared(Rope rope, CausalMask mask, AttentionKernel kernel) {
    Shared(GptConfig config, Variant variant, DType compute) {
      this(
          new Rope(config, variant, compute),
          new CausalMask(config.contextLength(), compute),
          new AttentionKernel(heads(config, variant)));
    }

    private static AttentionKernel.Heads heads(GptConfig config, Variant variant) {
      return new AttentionKernel.Heads(
          config.numHeads(), config.numKvHeads(), config.headDim(), Rope.rotation(config, variant));
    }
  }

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

  /// A forward pass by hand, with what its gradient needs.
  ///
  /// @param all queries, keys and values as the projection gave them
  /// @param mixed what goes into the last projection
  /// @param result same shape as the input
  record Passed(Tensor all, AttentionKernel.Passed mixed, Tensor result) {}

  /// The pass by hand, a block of scores at a time. To be called without gradient recording.
  ///
  /// @param x normalised activations `[batch, seq, dim]`
  Passed pass(Tensor x) {
    Tensor all = TensorScope.returning(() -> queryKeyValue.forward(x));
    AttentionKernel.Passed mixed = kernel.forward(all, norms());
    return new Passed(all, mixed, TensorScope.returning(() -> output.forward(mixed.mixed())));
  }

  /// Hands gradients to the weights.
  ///
  /// @param x as above
  /// @param gradient of the result
  /// @return gradient of `x`
  Tensor passBack(Tensor x, Passed passed, Tensor gradient) {
    output.addGradients(passed.mixed().mixed(), gradient);
    AttentionKernel.Gradients gradients =
        kernel.backward(passed.all(), norms(), passed.mixed(), output.inputGradient(gradient));
    if (queryGain != null && keyGain != null) {
      int width = config.headDim();
      queryGain.addGrad(Tensor.of(Arrays.copyOf(gradients.gains(), width), width));
      keyGain.addGrad(Tensor.of(Arrays.copyOfRange(gradients.gains(), width, 2 * width), width));
    }
    queryKeyValue.addGradients(x, gradients.all());
    return queryKeyValue.inputGradient(gradients.all());
  }

  private AttentionKernel.@Nullable Norms norms() {
    return queryGain == null || keyGain == null
        ? null
        : new AttentionKernel.Norms(config.normEps(), queryGain.toFloats(), keyGain.toFloats());
  }
}

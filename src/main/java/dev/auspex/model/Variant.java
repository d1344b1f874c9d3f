package dev.auspex.model;

import org.jspecify.annotations.Nullable;

/// What an imported decoder does otherwise than those trained here; not part of a run's settings.
///
/// @param gpt2 LayerNorm, learned positions, biases and GELU in place of RMSNorm, RoPE, none and
///     SwiGLU (Radford et al. 2019)
/// @param ropeScaling stretched rotary frequencies; null for plain ones
public record Variant(boolean gpt2, @Nullable RopeScaling ropeScaling) {
  /// Llama's shape as it is trained here.
  public static final Variant PLAIN = new Variant(false, null);

  /// GPT-2's shape.
  public static final Variant GPT2 = new Variant(true, null);
}

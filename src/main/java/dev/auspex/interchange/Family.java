package dev.auspex.interchange;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The kinds of model that are read and written. One with a vision part joins here, with its slots
/// in {@link Layouts} and its keys in {@link HuggingFaceConfig}.
public enum Family {
  /// RMSNorm, RoPE, SwiGLU, grouped keys (Touvron et al. 2023, arXiv 2302.13971).
  LLAMA("llama", "LlamaForCausalLM"),
  /// Llama with QK-norm (arXiv 2505.09388).
  QWEN3("qwen3", "Qwen3ForCausalLM"),
  /// LayerNorm, learned positions, GELU, biases (Radford et al. 2019).
  GPT2("gpt2", "GPT2LMHeadModel");

  private final String id;
  private final String architecture;

  Family(String id, String architecture) {
    this.id = id;
    this.architecture = architecture;
  }

  /// `model_type` in Hugging Face folders and `general.architecture` in GGUF files.
  public String id() {
    return id;
  }

  /// The class that `architectures` names in Hugging Face folders.
  String architecture() {
    return architecture;
  }

  static Optional<Family> of(String id) {
    return Arrays.stream(values()).filter(family -> family.id.equals(id)).findFirst();
  }

  /// All names, for messages.
  static String known() {
    return Arrays.stream(values()).map(Family::id).collect(Collectors.joining(", "));
  }
}

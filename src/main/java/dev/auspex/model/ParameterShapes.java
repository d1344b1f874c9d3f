package dev.auspex.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Names and shapes of all parameters of a configuration, as a Hugging Face Llama folder has them;
/// GPT-2's biases and positions have names of the same kind.
public final class ParameterShapes {
  private ParameterShapes() {}

  /// Shapes by name of a decoder as it is trained here, in the order of the forward pass.
  public static Map<String, long[]> of(GptConfig config) {
    long dim = config.dim();
    long queryDim = (long) config.numHeads() * config.headDim();
    long kvDim = (long) config.numKvHeads() * config.headDim();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new long[] {config.vocabSize(), dim});
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String at = "model.layers." + layer + ".";
      shapes.put(at + "input_layernorm.weight", new long[] {dim});
      shapes.put(at + "self_attn.q_proj.weight", new long[] {queryDim, dim});
      shapes.put(at + "self_attn.k_proj.weight", new long[] {kvDim, dim});
      shapes.put(at + "self_attn.v_proj.weight", new long[] {kvDim, dim});
      if (config.qkNorm()) {
        shapes.put(at + "self_attn.q_norm.weight", new long[] {config.headDim()});
        shapes.put(at + "self_attn.k_norm.weight", new long[] {config.headDim()});
      }
      shapes.put(at + "self_attn.o_proj.weight", new long[] {dim, queryDim});
      shapes.put(at + "post_attention_layernorm.weight", new long[] {dim});
      shapes.put(at + "mlp.gate_proj.weight", new long[] {config.ffnDim(), dim});
      shapes.put(at + "mlp.up_proj.weight", new long[] {config.ffnDim(), dim});
      shapes.put(at + "mlp.down_proj.weight", new long[] {dim, config.ffnDim()});
    }
    shapes.put("model.norm.weight", new long[] {dim});
    if (!config.tieEmbeddings()) {
      shapes.put("lm_head.weight", new long[] {config.vocabSize(), dim});
    }
    return shapes;
  }

  /// Shapes by name of an imported decoder, in the order of the forward pass.
  public static Map<String, long[]> of(GptConfig config, Variant variant) {
    if (!variant.gpt2()) {
      return of(config);
    }
    long dim = config.dim();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new long[] {config.vocabSize(), dim});
    shapes.put("model.embed_positions.weight", new long[] {config.contextLength(), dim});
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String at = "model.layers." + layer + ".";
      affine(shapes, at + "input_layernorm", dim);
      for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
        affine(shapes, at + "self_attn." + name, dim, dim);
      }
      affine(shapes, at + "post_attention_layernorm", dim);
      affine(shapes, at + "mlp.up_proj", config.ffnDim(), dim);
      affine(shapes, at + "mlp.down_proj", dim, config.ffnDim());
    }
    affine(shapes, "model.norm", dim);
    if (!config.tieEmbeddings()) {
      shapes.put("lm_head.weight", new long[] {config.vocabSize(), dim});
    }
    return shapes;
  }

  private static void affine(Map<String, long[]> shapes, String name, long... shape) {
    shapes.put(name + ".weight", shape);
    shapes.put(name + ".bias", new long[] {shape[0]});
  }
}

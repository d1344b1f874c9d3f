package dev.auspex.interchange;

import dev.auspex.io.Json;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.model.RopeScaling;
import dev.auspex.model.Variant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads and writes `config.json` of Hugging Face folders; tells every key that cannot be followed.
final class HuggingFaceConfig {
  private final Path file;
  private final JsonNode node;
  private final List<String> problems;
  private final JsonKeys keys;

  /// @param prefix what messages put before keys
  /// @param problems what was found before
  private HuggingFaceConfig(Path file, JsonNode node, String prefix, List<String> problems) {
    this.file = file;
    this.node = node;
    this.problems = problems;
    this.keys = new JsonKeys(prefix, node, problems);
  }

  /// Reads the file, and for a model that reads pictures the processor's files beside it.
  static Shape read(Path file) {
    JsonNode node = Json.readTree(file);
    String type = node.path("model_type").asString("");
    List<String> problems = new ArrayList<>();
    if (node.path("quantization_config").isObject()) {
      problems.add("quantization_config must be absent: give the weights as floats");
    }
    if (Idefics3Config.MODEL_TYPES.contains(type)) {
      return new Idefics3Config(file, node, problems).shape();
    }
    if (Family.of(type).isEmpty()) {
      throw new InterchangeException(
          "%s: model_type (%s) must be one of %s, %s"
              .formatted(
                  file, type, Family.known(), String.join(", ", Idefics3Config.MODEL_TYPES)));
    }
    return decoder(file, node, "", problems);
  }

  /// The shape of a decoder; refuses all problems, those found before too.
  static Shape decoder(Path file, JsonNode node, String prefix, List<String> problems) {
    Family family = Family.of(node.path("model_type").asString("")).orElseThrow();
    HuggingFaceConfig config = new HuggingFaceConfig(file, node, prefix, problems);
    return family == Family.GPT2 ? config.gpt2() : config.llama(family);
  }

  private Shape llama(Family family) {
    int heads = keys.positive("num_attention_heads", 0);
    int dim = keys.positive("hidden_size", 0);
    int layers = keys.positive("num_hidden_layers", 0);
    int vocab = keys.positive("vocab_size", 0);
    int context = keys.positive("max_position_embeddings", 2048);
    int kvHeads = keys.positive("num_key_value_heads", heads);
    // Transformers' Qwen3Config has 128 where nothing is said
    int usualHeadDim = family == Family.QWEN3 ? 128 : Math.max(1, dim / heads);
    int headDim = keys.positive("head_dim", usualHeadDim);
    int ffnDim = keys.positive("intermediate_size", 0);
    double eps = keys.number("rms_norm_eps", 1e-6);
    double theta = ropeTheta();
    keys.require("hidden_act", "silu", "silu");
    for (String key : List.of("attention_bias", "mlp_bias", "use_sliding_window")) {
      keys.require(key, false);
    }
    RopeScaling scaling = ropeScaling();
    for (JsonNode rotary : List.of(node, node.path("rope_parameters"))) {
      if (rotary.path("partial_rotary_factor").asDouble(1) != 1) {
        problems.add("partial_rotary_factor must be 1 or absent");
      }
    }
    refuseProblems();
    boolean qkNorm = family == Family.QWEN3;
    boolean tied = node.path("tie_word_embeddings").asBoolean(false);
    Mup mup = new Mup(dim, layers);
    GptConfig config =
        new GptConfig(
            vocab, context, dim, layers, heads, kvHeads, headDim, ffnDim, theta, eps, qkNorm, tied,
            mup);
    return new Shape(family, config, new Variant(false, scaling));
  }

  private Shape gpt2() {
    int dim = keys.positive("n_embd", 768);
    int heads = keys.positive("n_head", 12);
    int layers = keys.positive("n_layer", 12);
    int vocab = keys.positive("vocab_size", 0);
    int context = keys.positive("n_positions", 1024);
    int ffnDim = keys.positive("n_inner", 4 * Math.min(dim, 1 << 20));
    double eps = keys.number("layer_norm_epsilon", 1e-5);
    keys.require("activation_function", "gelu_new", "gelu_new", "gelu_pytorch_tanh");
    if (!node.path("scale_attn_weights").asBoolean(true)
        || node.path("scale_attn_by_inverse_layer_idx").asBoolean(false)) {
      problems.add("attention scores must be scaled by the head width alone");
    }
    refuseProblems();
    int headDim = Math.max(1, dim / heads);
    boolean tied = node.path("tie_word_embeddings").asBoolean(true);
    Mup mup = new Mup(dim, layers);
    GptConfig config =
        new GptConfig(
            vocab, context, dim, layers, heads, heads, headDim, ffnDim, 10000, eps, false, tied,
            mup);
    return new Shape(Family.GPT2, config, Variant.GPT2);
  }

  private void refuseProblems() {
    if (!problems.isEmpty()) {
      throw new InterchangeException(file + ": " + String.join("; ", problems));
    }
  }

  /// `rope_theta` of its own, or inside `rope_parameters` as newer writers have it.
  private double ropeTheta() {
    double inside = node.path("rope_parameters").path("rope_theta").asDouble(10000);
    return keys.number("rope_theta", inside);
  }

  private @Nullable RopeScaling ropeScaling() {
    JsonNode scaling =
        node.path("rope_scaling").isObject()
            ? node.path("rope_scaling")
            : node.path("rope_parameters");
    String type = scaling.path("rope_type").asString(scaling.path("type").asString("default"));
    if (type.equals("llama3")) {
      return new RopeScaling(
          scaling.path("factor").asDouble(0),
          scaling.path("low_freq_factor").asDouble(0),
          scaling.path("high_freq_factor").asDouble(0),
          scaling.path("original_max_position_embeddings").asDouble(0));
    }
    if (type.equals("linear")) {
      double factor = scaling.path("factor").asDouble(0);
      if (factor >= 1 && factor < 1e6) {
        return LinearScaling.of(factor);
      }
      problems.add("rope_scaling.factor (" + scaling.path("factor") + ") must be at least 1");
    } else if (!type.equals("default")) {
      problems.add("rope_scaling.rope_type (" + type + ") must be llama3, linear or absent");
    }
    return null;
  }

  /// What `config.json` says of a model.
  static ObjectNode describe(Shape shape, NumberType type, TokenRules rules) {
    if (shape.vision() != null) {
      return Idefics3Config.describe(shape, shape.vision(), type, rules);
    }
    GptConfig config = shape.config();
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.putArray("architectures").add(shape.family().architecture());
    node.put("model_type", shape.family().id());
    node.put("vocab_size", config.vocabSize());
    if (shape.family() == Family.GPT2) {
      describeGpt2(node, config);
    } else {
      describeLlama(node, shape);
    }
    node.put("tie_word_embeddings", config.tieEmbeddings());
    if (rules.start() >= 0) {
      node.put("bos_token_id", rules.start());
    }
    if (!rules.ends().isEmpty()) {
      node.put("eos_token_id", rules.ends().getFirst());
    }
    node.put(
        "torch_dtype",
        switch (type) {
          case F16 -> "float16";
          case BF16 -> "bfloat16";
          case F32, Q8_0, Q4_0, Q6_K -> "float32";
        });
    return node;
  }

  private static void describeLlama(ObjectNode node, Shape shape) {
    GptConfig config = shape.config();
    node.put("max_position_embeddings", config.contextLength());
    node.put("hidden_size", config.dim());
    node.put("num_hidden_layers", config.numLayers());
    node.put("num_attention_heads", config.numHeads());
    node.put("num_key_value_heads", config.numKvHeads());
    node.put("head_dim", config.headDim());
    node.put("intermediate_size", config.ffnDim());
    node.put("hidden_act", "silu");
    node.put("rope_theta", config.ropeTheta());
    RopeScaling scaling = shape.variant().ropeScaling();
    if (scaling != null && LinearScaling.isOne(scaling)) {
      node.putObject("rope_scaling").put("rope_type", "linear").put("factor", scaling.factor());
    } else if (scaling != null) {
      ObjectNode inside = node.putObject("rope_scaling");
      inside.put("rope_type", "llama3");
      inside.put("factor", scaling.factor());
      inside.put("low_freq_factor", scaling.lowFactor());
      inside.put("high_freq_factor", scaling.highFactor());
      inside.put("original_max_position_embeddings", Math.round(scaling.originalContext()));
    }
    node.put("rms_norm_eps", config.normEps());
    node.put("attention_bias", false);
    node.put("mlp_bias", false);
  }

  private static void describeGpt2(ObjectNode node, GptConfig config) {
    node.put("n_positions", config.contextLength());
    node.put("n_embd", config.dim());
    node.put("n_layer", config.numLayers());
    node.put("n_head", config.numHeads());
    node.put("n_inner", config.ffnDim());
    node.put("activation_function", "gelu_new");
    node.put("layer_norm_epsilon", config.normEps());
  }
}

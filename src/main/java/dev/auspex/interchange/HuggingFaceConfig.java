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
  private final List<String> problems = new ArrayList<>();

  private HuggingFaceConfig(Path file) {
    this.file = file;
    this.node = Json.readTree(file);
  }

  static Shape read(Path file) {
    return new HuggingFaceConfig(file).shape();
  }

  private Shape shape() {
    String type = node.path("model_type").asString("");
    Family family =
        Family.of(type)
            .orElseThrow(
                () ->
                    new InterchangeException(
                        "%s: model_type (%s) must be one of %s"
                            .formatted(file, type, Family.known())));
    if (node.path("quantization_config").isObject()) {
      problems.add("quantization_config must be absent: give the weights as floats");
    }
    return family == Family.GPT2 ? gpt2() : llama(family);
  }

  private Shape llama(Family family) {
    int heads = positive("num_attention_heads", 0);
    int dim = positive("hidden_size", 0);
    int layers = positive("num_hidden_layers", 0);
    int vocab = positive("vocab_size", 0);
    int context = positive("max_position_embeddings", 2048);
    int kvHeads = positive("num_key_value_heads", heads);
    int headDim = positive("head_dim", Math.max(1, dim / heads));
    int ffnDim = positive("intermediate_size", 0);
    double eps = number("rms_norm_eps", 1e-6);
    double theta = ropeTheta();
    require("hidden_act", "silu", "silu");
    for (String key : List.of("attention_bias", "mlp_bias", "use_sliding_window")) {
      if (node.path(key).asBoolean(false)) {
        problems.add(key + " (true) must be false");
      }
    }
    RopeScaling scaling = ropeScaling();
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
    int dim = positive("n_embd", 768);
    int heads = positive("n_head", 12);
    int layers = positive("n_layer", 12);
    int vocab = positive("vocab_size", 0);
    int context = positive("n_positions", 1024);
    int ffnDim = positive("n_inner", 4 * Math.min(dim, 1 << 20));
    double eps = number("layer_norm_epsilon", 1e-5);
    require("activation_function", "gelu_new", "gelu_new", "gelu_pytorch_tanh");
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
    return number("rope_theta", inside);
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
    if (!type.equals("default")) {
      problems.add("rope_scaling.rope_type (" + type + ") must be llama3 or absent");
    }
    return null;
  }

  private void require(String key, String usual, String... allowed) {
    String value = node.path(key).asString(usual);
    if (!List.of(allowed).contains(value)) {
      problems.add(key + " (" + value + ") must be " + String.join(" or ", allowed));
    }
  }

  /// @param usual what an absent key means; 0 where it must be there
  private int positive(String key, int usual) {
    JsonNode value = node.path(key);
    if ((value.isMissingNode() || value.isNull()) && usual > 0) {
      return usual;
    }
    if (!value.isInt() || value.asInt() < 1) {
      problems.add(key + " (" + shown(value) + ") must be a positive whole number");
      return 1;
    }
    return value.asInt();
  }

  private double number(String key, double usual) {
    JsonNode value = node.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return usual;
    }
    if (!value.isNumber()) {
      problems.add(key + " (" + shown(value) + ") must be a number");
      return usual;
    }
    return value.asDouble();
  }

  private static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "" : value.toString();
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }

  /// What `config.json` says of a model.
  static ObjectNode describe(Shape shape, NumberType type, TokenRules rules) {
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
          case F32, Q8_0, Q4_0 -> "float32";
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
    if (scaling != null) {
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

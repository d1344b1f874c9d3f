package dev.auspex.interchange;

import dev.auspex.io.Json;
import dev.auspex.model.VisionConfig;
import dev.auspex.vision.PictureForm;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `config.json` of Idefics3 (arXiv 2408.12637) and SmolVLM (arXiv 2504.05299): a decoder's
/// configuration, an encoder's, and what joins them. Absent keys mean what they mean in
/// Transformers.
final class Idefics3Config {
  static final String IDEFICS3 = "idefics3";

  /// Both have the same tensors and compute the same.
  static final List<String> MODEL_TYPES = List.of(IDEFICS3, "smolvlm");

  private static final Map<String, String> ARCHITECTURES =
      Map.of(
          IDEFICS3,
          "Idefics3ForConditionalGeneration",
          "smolvlm",
          "SmolVLMForConditionalGeneration");

  /// What a decoder's configuration leaves out, as Transformers fills it in.
  private static final Map<Family, String> DEFAULTS =
      Map.of(
          Family.LLAMA,
          """
          {"vocab_size":32000,"hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,
          "num_attention_heads":32,"max_position_embeddings":2048,"rms_norm_eps":1e-6}""",
          Family.QWEN3,
          """
          {"vocab_size":151936,"hidden_size":4096,"intermediate_size":22016,"num_hidden_layers":32,
          "num_attention_heads":32,"num_key_value_heads":32,"head_dim":128,
          "max_position_embeddings":32768,"rms_norm_eps":1e-6}""");

  private final Path file;
  private final JsonNode node;
  private final List<String> problems;

  /// @param problems what was found before
  Idefics3Config(Path file, JsonNode node, List<String> problems) {
    this.file = file;
    this.node = node;
    this.problems = problems;
  }

  Shape shape() {
    JsonKeys top = new JsonKeys("", node, problems);
    JsonKeys keys = new JsonKeys("vision_config.", node.path("vision_config"), problems);
    int imageToken = Math.max(0, node.path("image_token_id").asInt(128257));
    EncoderSizes sizes =
        new EncoderSizes(
            keys.positive("image_size", 224),
            keys.positive("patch_size", 32),
            top.positive("scale_factor", 2),
            keys.positive("hidden_size", 1152),
            keys.positive("num_hidden_layers", 12),
            keys.positive("num_attention_heads", 16),
            keys.positive("intermediate_size", 3072),
            keys.number("layer_norm_eps", 1e-6));
    keys.require("hidden_act", "gelu_pytorch_tanh", "gelu_pytorch_tanh", "gelu_new");
    if (keys.positive("num_channels", 3) != 3) {
      keys.problem("num_channels", "must be 3");
    }
    if (!sizes.keepRule()) {
      keys.problem("image_size", EncoderSizes.RULE);
    }
    PictureForm form = new ProcessorFiles(file, modelType(), problems).form(sizes.imageSize());
    Shape decoder = HuggingFaceConfig.decoder(file, decoder(), "text_config.", problems);
    VisionConfig vision = sizes.config(form.maxSide(), file + ": vision_config:");
    return new Shape(
        decoder.family(),
        decoder.config(),
        decoder.variant(),
        new Shape.Vision(modelType(), vision, form, imageToken));
  }

  private String modelType() {
    return node.path("model_type").asString(IDEFICS3);
  }

  /// The decoder's configuration, complete.
  private JsonNode decoder() {
    JsonNode given = node.path("text_config");
    String type = given.path("model_type").asString(Family.LLAMA.id());
    Family family =
        Family.of(type)
            .filter(DEFAULTS::containsKey)
            .orElseGet(
                () -> {
                  problems.add("text_config.model_type (" + type + ") must be llama or qwen3");
                  return Family.LLAMA;
                });
    ObjectNode whole = (ObjectNode) Json.MAPPER.readTree(DEFAULTS.get(family));
    if (!given.isObject()) {
      whole.put("rms_norm_eps", 1e-5);
    }
    given
        .properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isNull()) {
                whole.set(entry.getKey(), entry.getValue());
              }
            });
    whole.put("model_type", family.id());
    boolean tied =
        node.path("tie_word_embeddings").asBoolean(false)
            || given.path("tie_word_embeddings").asBoolean(false);
    return whole.put("tie_word_embeddings", tied);
  }

  /// What `config.json` says of a model that reads pictures.
  static ObjectNode describe(Shape shape, Shape.Vision vision, NumberType type, TokenRules rules) {
    ObjectNode decoder =
        HuggingFaceConfig.describe(
            new Shape(shape.family(), shape.config(), shape.variant()), type, rules);
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.putArray("architectures").add(ARCHITECTURES.get(vision.modelType()));
    node.put("model_type", vision.modelType());
    node.put("image_token_id", vision.imageToken());
    node.put("scale_factor", vision.config().shuffle());
    for (String key :
        List.of("tie_word_embeddings", "bos_token_id", "eos_token_id", "torch_dtype")) {
      if (decoder.has(key)) {
        node.set(key, decoder.get(key));
      }
    }
    if (!rules.ends().isEmpty()) {
      node.put("pad_token_id", rules.ends().getFirst());
    }
    node.set("text_config", decoder);
    VisionConfig config = vision.config();
    ObjectNode encoder = node.putObject("vision_config");
    encoder.put("model_type", vision.modelType() + "_vision");
    encoder.put("image_size", config.imageSize());
    encoder.put("patch_size", config.patchSize());
    encoder.put("num_channels", 3);
    encoder.put("hidden_size", config.dim());
    encoder.put("num_hidden_layers", config.numLayers());
    encoder.put("num_attention_heads", config.numHeads());
    encoder.put("intermediate_size", config.ffnDim());
    encoder.put("hidden_act", "gelu_pytorch_tanh");
    encoder.put("layer_norm_eps", config.normEps());
    encoder.put("attention_dropout", 0.0);
    return node;
  }
}

package dev.auspex.interchange;

import dev.auspex.checkpoint.CheckpointException;
import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.model.Parameter;
import dev.auspex.model.ParameterShapes;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes a model as a plain Llama (or Qwen3, with QK-norm) folder and reads such folders.
///
/// The muP multipliers are folded into the weights on the way out: residual weights into the two
/// matrices that write to the stream, the logit factor into the gain of the last norm.
public final class ModelFolder {
  private ModelFolder() {}

  /// Writes `model.safetensors` and `config.json`; a copy of the tokenizer file if given.
  public static void write(Path folder, Gpt model, Path tokenizer) {
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Map<String, Tensor> folded = new LinkedHashMap<>();
      for (Parameter parameter : model.parameters()) {
        folded.put(parameter.name(), folded(parameter, model.config()));
      }
      SafeTensors.write(folder.resolve("model.safetensors"), folded, Map.of("format", "pt"));
    }
    Json.write(folder.resolve("config.json"), describe(model.config()));
    if (Files.isRegularFile(tokenizer)) {
      AtomicFiles.write(folder.resolve("tokenizer.json"), out -> Files.copy(tokenizer, out));
    }
  }

  private static Tensor folded(Parameter parameter, GptConfig config) {
    String name = parameter.name();
    if (name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")) {
      return parameter.value().multiply(config.residualMultiplier());
    }
    if (name.equals("model.norm.weight")) {
      return parameter.value().multiply(config.widthMultiplier());
    }
    return parameter.value();
  }

  private static ObjectNode describe(GptConfig config) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.putArray("architectures").add(config.qkNorm() ? "Qwen3ForCausalLM" : "LlamaForCausalLM");
    node.put("model_type", config.qkNorm() ? "qwen3" : "llama");
    node.put("vocab_size", config.vocabSize());
    node.put("max_position_embeddings", config.contextLength());
    node.put("hidden_size", config.dim());
    node.put("num_hidden_layers", config.numLayers());
    node.put("num_attention_heads", config.numHeads());
    node.put("num_key_value_heads", config.numKvHeads());
    node.put("head_dim", config.headDim());
    node.put("intermediate_size", config.ffnDim());
    node.put("hidden_act", "silu");
    node.put("rope_theta", config.ropeTheta());
    node.put("rms_norm_eps", config.normEps());
    node.put("attention_bias", false);
    node.put("mlp_bias", false);
    node.put("tie_word_embeddings", config.tieEmbeddings());
    node.put("bos_token_id", 0);
    node.put("eos_token_id", 0);
    node.put("torch_dtype", "float32");
    return node;
  }

  /// Reads a folder into a model that computes in `compute`.
  public static Gpt read(Path folder, DType compute) {
    GptConfig config = config(folder);
    Map<String, Tensor> values = SafeTensors.read(folder.resolve("model.safetensors"));
    Map<String, String> problems = new TreeMap<>();
    ParameterShapes.of(config)
        .forEach(
            (name, shape) -> {
              Tensor value = values.get(name);
              if (value == null) {
                problems.put(name, "is missing");
              } else if (!java.util.Arrays.equals(value.shape(), shape)) {
                problems.put(
                    name,
                    "has shape "
                        + java.util.Arrays.toString(value.shape())
                        + ", not "
                        + java.util.Arrays.toString(shape));
              } else {
                values.put(name, value.to(DType.FP32));
              }
            });
    if (!problems.isEmpty()) {
      throw new CheckpointException(
          folder.resolve("model.safetensors") + " must fit config.json: " + problems);
    }
    return new Gpt(config, compute, values);
  }

  /// Reads `config.json` of a Llama or Qwen3 folder.
  public static GptConfig config(Path folder) {
    Path file = folder.resolve("config.json");
    JsonNode node = Json.readTree(file);
    String type = node.path("model_type").asString("");
    if (!type.equals("llama") && !type.equals("qwen3")) {
      throw new CheckpointException(
          file + ": model_type (" + type + ") must be one of llama, qwen3");
    }
    int heads = integer(file, node, "num_attention_heads");
    int dim = integer(file, node, "hidden_size");
    int layers = integer(file, node, "num_hidden_layers");
    return new GptConfig(
        integer(file, node, "vocab_size"),
        integer(file, node, "max_position_embeddings"),
        dim,
        layers,
        heads,
        node.path("num_key_value_heads").asInt(heads),
        node.path("head_dim").asInt(Math.max(1, dim / heads)),
        integer(file, node, "intermediate_size"),
        node.path("rope_theta").asDouble(10000),
        node.path("rms_norm_eps").asDouble(1e-6),
        type.equals("qwen3"),
        node.path("tie_word_embeddings").asBoolean(false),
        new Mup(dim, layers));
  }

  private static int integer(Path file, JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isInt() || value.asInt() < 1) {
      throw new CheckpointException(
          file + ": " + key + " (" + value + ") must be a positive whole number");
    }
    return value.asInt();
  }
}

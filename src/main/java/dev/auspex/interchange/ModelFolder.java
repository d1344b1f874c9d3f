package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Parameter;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a model trained here as a plain Llama (or Qwen3, with QK-norm) folder and reads folders.
///
/// The muP multipliers are folded into the weights on the way out: residual weights into the two
/// matrices that write to the stream, the logit factor into the gain of the last norm.
public final class ModelFolder {
  private ModelFolder() {}

  /// Writes `model.safetensors` and `config.json`, the image encoder beside them; with a tokenizer
  /// file also a copy of it and the files beside it.
  public static void write(Path folder, Gpt model, Path tokenizer) {
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Map<String, Tensor> folded = new LinkedHashMap<>();
      for (Parameter parameter : model.parameters()) {
        if (!VisionFolder.holds(parameter)) {
          folded.put(parameter.name(), folded(parameter, model.config()));
        }
      }
      SafeTensors.write(folder.resolve(HuggingFaceFolder.WEIGHTS), folded, Map.of("format", "pt"));
    }
    VisionFolder.write(folder, model);
    TokenRules rules = new TokenRules(0, true, List.of(0), null);
    if (Files.isRegularFile(tokenizer)) {
      AtomicFiles.write(folder.resolve("tokenizer.json"), out -> Files.copy(tokenizer, out));
      Tokenizer vocabulary = Tokenizer.load(tokenizer);
      rules = TokenRules.ours(vocabulary);
      int context = model.config().contextLength();
      HuggingFaceWriter.writeTokenizerFiles(folder, vocabulary, rules, context);
      Json.write(
          folder.resolve(HuggingFaceFolder.GENERATION_CONFIG), HuggingFaceWriter.generation(rules));
    }
    Family family = model.config().qkNorm() ? Family.QWEN3 : Family.LLAMA;
    Json.write(
        folder.resolve(HuggingFaceFolder.CONFIG),
        HuggingFaceConfig.describe(
            new Shape(family, model.config(), model.variant()), NumberType.F32, rules));
  }

  /// Writes a model that was trained from a stored one: the same folder with other numbers, in F32.
  ///
  /// @param folder is made anew
  public static void write(Path folder, Gpt model, StoredModel from) {
    AtomicFiles.deleteTree(folder);
    from.withNumbersOf(model).writeHuggingFace(folder, NumberType.F32, Progress.NONE);
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

  /// Reads a model folder or file into a model that computes in `compute`.
  public static Gpt read(Path folder, DType compute) {
    try (StoredModel stored = StoredModel.open(folder)) {
      return stored.load(compute);
    }
  }
}

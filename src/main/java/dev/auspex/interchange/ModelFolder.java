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
import dev.auspex.vision.PictureForm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a model trained here as a plain Llama (or Qwen3, with QK-norm) folder, or Idefics3 with
/// one of these inside, and reads folders.
///
/// The muP multipliers are folded into the weights on the way out: residual weights into the two
/// matrices that write to the stream, the logit factor into the gain of the last norm.
public final class ModelFolder {
  private ModelFolder() {}

  /// Writes `model.safetensors` and `config.json`; with a tokenizer file also a copy of it and the
  /// files beside it. A model that reads pictures becomes an Idefics3 folder.
  public static void write(Path folder, Gpt model, Path tokenizer) {
    if (Files.isRegularFile(tokenizer)) {
      AtomicFiles.write(folder.resolve("tokenizer.json"), out -> Files.copy(tokenizer, out));
      Tokenizer vocabulary = Tokenizer.load(tokenizer);
      write(folder, model, model.config(), vocabulary, TokenRules.ours(vocabulary));
    } else {
      Shape shape = shape(model, model.config(), 0);
      write(folder, model, shape, new TokenRules(0, true, List.of(0), null));
    }
  }

  /// Writes all but `tokenizer.json`, which must be there.
  ///
  /// @param config the model's, with the context that it can have
  static void write(
      Path folder, Gpt model, GptConfig config, Tokenizer vocabulary, TokenRules rules) {
    HuggingFaceWriter.writeTokenizerFiles(folder, vocabulary, rules, config.contextLength());
    Json.write(
        folder.resolve(HuggingFaceFolder.GENERATION_CONFIG), HuggingFaceWriter.generation(rules));
    int imageToken = vocabulary.specialId(PictureForm.IMAGE).orElse(0);
    write(folder, model, shape(model, config, imageToken), rules);
  }

  private static void write(Path folder, Gpt model, Shape shape, TokenRules rules) {
    if (shape.vision() != null) {
      ProcessorFiles.write(folder, shape.vision(), rules);
    }
    writeWeights(folder, model, shape);
    Json.write(
        folder.resolve(HuggingFaceFolder.CONFIG),
        HuggingFaceConfig.describe(shape, NumberType.F32, rules));
  }

  private static Shape shape(Gpt model, GptConfig decoder, int imageToken) {
    Family family = decoder.qkNorm() ? Family.QWEN3 : Family.LLAMA;
    Shape.Vision vision =
        model
            .vision()
            .map(
                config ->
                    new Shape.Vision(
                        Idefics3Config.IDEFICS3,
                        config,
                        PictureForm.of(config.imageSize(), config.maxSide()),
                        imageToken))
            .orElse(null);
    return new Shape(family, decoder, model.variant(), vision);
  }

  private static void writeWeights(Path folder, Gpt model, Shape shape) {
    Map<String, Parameter> parameters = new HashMap<>();
    model.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Map<String, Tensor> written = new LinkedHashMap<>();
      for (Slot slot : Layouts.huggingFace(shape)) {
        Parameter parameter = parameters.get(slot.parts().getFirst());
        written.put(slot.name(), folded(parameter, model.config()).reshape(slot.shape()));
      }
      SafeTensors.write(folder.resolve(HuggingFaceFolder.WEIGHTS), written, Map.of("format", "pt"));
    }
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

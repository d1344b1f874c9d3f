package dev.auspex.interchange;

import dev.auspex.io.Json;
import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Initializer;
import dev.auspex.model.Parameter;
import dev.auspex.model.VisionConfig;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.SpecialTokens;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.vision.PictureForm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Puts a new image encoder on a decoder that reads text only: an Idefics3 folder with the
/// decoder's own numbers, an encoder and a projection as they start, and a vocabulary that has the
/// marks of pictures and of turns as well.
///
/// Conversations are laid out as in models trained here. Rows of new tokens, in the token table and
/// in the head, are the mean of those that were known (Hewitt 2021, "Initializing New Word
/// Embeddings for Pretrained Language Models").
public final class NewEncoder {
  private static final List<String> TURNS =
      List.of(
          SpecialTokens.SYSTEM,
          SpecialTokens.USER,
          SpecialTokens.ASSISTANT,
          SpecialTokens.TOOL,
          SpecialTokens.TURN_END);

  private static final Set<String> TABLES = Set.of("model.embed_tokens.weight", "lm_head.weight");

  private NewEncoder() {}

  /// The decoder's sizes with the new tokens.
  ///
  /// @throws InterchangeException where the decoder is of a kind that Idefics3 has not
  public static GptConfig decoder(StoredModel text, VisionConfig vision) {
    if (text.family() == Family.GPT2) {
      throw new InterchangeException(
          text.path() + " must be a Llama or Qwen3 to get an image encoder; it is a gpt2");
    }
    Tokenizer tokenizer = text.tokenizer();
    int size = tokenizer.vocabSize() + missing(tokenizer, vision).size();
    return text.config().withVocabSize(Math.max(text.config().vocabSize(), size));
  }

  private static List<String> missing(Tokenizer tokenizer, VisionConfig vision) {
    List<String> names = new ArrayList<>(TURNS);
    names.addAll(PictureForm.tokens(vision.maxSide()));
    names.removeIf(name -> tokenizer.specialId(name).isPresent());
    return names;
  }

  /// Writes the folder, whole or not at all.
  ///
  /// @param seed of the encoder's starting values
  public static void write(StoredModel text, VisionConfig vision, long seed, Path folder) {
    HuggingFaceWriter.writeNew(folder, partial -> writeInto(text, vision, seed, partial));
  }

  private static void writeInto(StoredModel text, VisionConfig vision, long seed, Path folder) {
    Tokenizer before = text.tokenizer();
    Path file = folder.resolve("tokenizer.json");
    before.save(file);
    addSpecials(file, before.vocabSize(), missing(before, vision));
    Tokenizer tokenizer = Tokenizer.load(file);
    GptConfig config = decoder(text, vision);
    int known = before.vocabSize();
    try (Gpt gpt = joined(text, known, config.withContextLength(1), vision, seed)) {
      ModelFolder.write(folder, gpt, config, tokenizer, rules(text.rules(), tokenizer));
    }
  }

  private static void addSpecials(Path file, int first, List<String> names) {
    ObjectNode root = (ObjectNode) Json.readTree(file);
    ArrayNode added = root.withArray("/added_tokens");
    for (int i = 0; i < names.size(); i++) {
      added
          .addObject()
          .put("id", first + i)
          .put("content", names.get(i))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    Json.write(file, root);
  }

  /// A text begins and ends as the decoder knows it; turns are laid out our way.
  private static TokenRules rules(TokenRules before, Tokenizer tokenizer) {
    List<Integer> ends = new ArrayList<>(before.ends());
    int turnEnd = tokenizer.specialId(SpecialTokens.TURN_END).orElseThrow();
    if (!ends.contains(turnEnd)) {
      ends.add(turnEnd);
    }
    return new TokenRules(before.start(), before.addStart(), ends, TokenRules.PICTURE_TEMPLATE);
  }

  /// @param known tokens of the decoder's own vocabulary
  /// @param config the decoder's to be; its context only costs memory here
  private static Gpt joined(
      StoredModel text, int known, GptConfig config, VisionConfig vision, long seed) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    try (Torch.NoGrad _ = Torch.noGrad();
        Gpt decoder = text.load(DType.FP32, 1)) {
      for (Parameter parameter : decoder.parameters()) {
        Tensor value = parameter.value();
        boolean table = TABLES.contains(parameter.name());
        values.put(
            parameter.name(),
            TensorScope.returning(
                () -> table ? grown(value, known, config.vocabSize()) : value.multiply(1)));
      }
      values.putAll(Initializer.encoder(vision, config.dim(), seed));
      return new Gpt(config, decoder.variant(), vision, DType.FP32, values, null);
    }
  }

  /// The first `known` rows, then their mean; rows that a model keeps in reserve mean nothing.
  private static Tensor grown(Tensor table, int known, int rows) {
    Tensor old = table.narrow(0, 0, Math.min(known, table.size(0)));
    Tensor mean = old.sum(0).multiply(1.0 / old.size(0)).reshape(1, -1);
    int more = (int) (rows - old.size(0));
    Tensor[] parts = new Tensor[1 + more];
    Arrays.fill(parts, mean);
    parts[0] = old;
    return Tensor.concat(0, parts);
  }
}

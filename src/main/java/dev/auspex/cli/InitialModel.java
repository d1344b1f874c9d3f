package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.data.TokenEncoder;
import dev.auspex.data.pictures.PictureEncoder;
import dev.auspex.interchange.InterchangeException;
import dev.auspex.interchange.NewEncoder;
import dev.auspex.interchange.StoredModel;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.GptConfig;
import dev.auspex.model.VisionConfig;
import dev.auspex.run.RunFolder;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.train.BaseConfig;
import dev.auspex.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The model that `train --init` starts from: it decides the shape and the vocabulary, and the run
/// keeps a copy, so that its folder alone is enough to resume and to use what came out.
final class InitialModel {
  private static final String WEIGHTS = "model.safetensors";
  private static final List<String> RATES =
      List.of("encoder_rate", "projector_rate", "decoder_rate");

  private InitialModel() {}

  /// The settings of a run from `init`.
  ///
  /// @param all everything that was set, presets included, with `init`
  /// @param given what was set by the user, which must not contradict the model
  static TrainConfig settings(ObjectNode all, JsonNode given) {
    Path path = Path.of(all.path("init").asString());
    if (path.toString().isEmpty()) {
      throw new ConfigException("init () must name the model to start from; give --init DIR");
    }
    try (StoredModel stored = StoredModel.open(path)) {
      List<String> problems = new ArrayList<>();
      VisionConfig added = vision(all, given, stored, problems);
      GptConfig decoder = added == null ? stored.config() : NewEncoder.decoder(stored, added);
      GptConfig shape = decoder.withContextLength(contextLength(all, given, stored));
      ObjectNode model = (ObjectNode) Config.toTree(shape);
      compare("model", given.path("model"), model, problems);
      if (!problems.isEmpty()) {
        throw new ConfigException(problems);
      }
      ObjectNode merged = all.withObject("/model");
      merged.setAll(model);
      long parameters =
          added == null ? stored.numParams() : decoder.numParams() + added.numParams(decoder.dim());
      BaseConfig base = new BaseConfig(path.toString(), stored.family(), parameters, null);
      all.set("base", Config.toTree(base));
    }
    TrainConfig settings = Config.bind(all, TrainConfig.class);
    settings.numTrained(); // names modules that the model must have
    return settings;
  }

  /// The part of the settings that describes a new encoder; public for the binder.
  ///
  /// @param vision its shape and how fast each part learns
  public record NewVision(VisionConfig vision) {}

  /// The encoder's shape is the model's; how fast each part learns is the run's. A model that
  /// reads text only gets the encoder that is asked for.
  ///
  /// @return the encoder to add; null for none
  private static @Nullable VisionConfig vision(
      ObjectNode all, JsonNode given, StoredModel stored, List<String> problems) {
    JsonNode asked = all.path("vision");
    boolean lora = all.path("lora").isObject();
    if (stored.vision().isEmpty()) {
      if (!asked.isObject()) {
        return null;
      }
      if (lora) {
        problems.add("lora must be absent; a new image encoder has to be trained whole");
      }
      JsonNode only = Json.MAPPER.createObjectNode().set("vision", asked);
      return Config.bind(only, NewVision.class).vision();
    }
    ObjectNode vision = (ObjectNode) Config.toTree(stored.vision().get());
    for (String rate : RATES) {
      if (lora && given.path("vision").has(rate)) {
        problems.add(
            "vision." + rate + " must be left out; with lora the adapter alone is trained");
      } else if (asked.has(rate)) {
        vision.set(rate, asked.get(rate));
      }
    }
    compare("vision", given.path("vision"), vision, problems);
    all.set("vision", vision);
    return null;
  }

  /// Sequences may be shorter than the model allows; a preset's are cut to that.
  private static int contextLength(JsonNode all, JsonNode given, StoredModel stored) {
    int most = stored.config().contextLength();
    JsonNode asked = all.path("model").path("context_length");
    if (asked.isMissingNode()) {
      return most;
    }
    if (!asked.isInt() || asked.asInt() < 1) {
      throw new ConfigException(
          "model.context_length (" + asked + ") must be a whole number from 1 to " + most);
    }
    if (given.path("model").has("context_length") && asked.asInt() > most) {
      throw new ConfigException(
          "model.context_length (%d) must be at most %d, which %s was made for"
              .formatted(asked.asInt(), most, stored.path()));
    }
    return Math.min(most, asked.asInt());
  }

  /// Notes every setting below `path` that says otherwise than the model; unknown ones are left to
  /// the binder.
  private static void compare(String path, JsonNode given, JsonNode own, List<String> problems) {
    for (Map.Entry<String, JsonNode> entry : given.properties()) {
      String key = path + "." + entry.getKey();
      JsonNode is = own.path(entry.getKey());
      JsonNode asked = entry.getValue();
      if (is.isObject()) {
        compare(key, asked, is, problems);
      } else if (!is.isMissingNode() && !equal(asked, is) && !key.equals("model.context_length")) {
        problems.add(
            "%s (%s) must be %s, as the model of --init has it; leave it out"
                .formatted(key, asked, is));
      }
    }
  }

  private static boolean equal(JsonNode a, JsonNode b) {
    return a.isNumber() && b.isNumber() ? a.asDouble() == b.asDouble() : a.equals(b);
  }

  /// The model's own vocabulary as datasets see it.
  static TokenEncoder encoder(BaseConfig base) {
    try (StoredModel stored = StoredModel.open(Path.of(base.folder()))) {
      return new TokenizerEncoder(stored.tokenizer(), stored.rules());
    }
  }

  /// Lays documents out as the model of `base` reads them.
  static PictureEncoder pictureEncoder(BaseConfig base) {
    try (StoredModel stored = StoredModel.open(Path.of(base.folder()))) {
      return Prompts.encoder(stored, stored.tokenizer());
    }
  }

  /// Fails unless a dataset was made with the model's vocabulary.
  static void requireVocabulary(BaseConfig base, Path dataset) {
    Path file = dataset.resolve("tokenizer.json");
    if (Files.isRegularFile(file)) {
      try (StoredModel stored = StoredModel.open(Path.of(base.folder()))) {
        if (saved(stored.tokenizer()).equals(saved(Tokenizer.load(file)))) {
          return;
        }
      }
    }
    throw new ConfigException(
        "data (%s) must be text, or made with the vocabulary of %s: auspex data build --tokenizer"
            .formatted(dataset, base.folder()));
  }

  /// A vocabulary as text, in the one form that we write.
  private static String saved(Tokenizer tokenizer) {
    try (TemporaryFolder folder = new TemporaryFolder("auspex-vocabulary")) {
      Path file = folder.path().resolve("tokenizer.json");
      tokenizer.save(file);
      return Files.readString(file);
    } catch (IOException e) {
      throw new FileException(Path.of("tokenizer.json"), e);
    }
  }

  /// The same settings with the run's own copy of the model, which is made here.
  static TrainConfig copied(TrainConfig settings, RunFolder run, Progress progress) {
    BaseConfig base = settings.base();
    if (base == null) {
      return settings;
    }
    Path copy = run.base();
    AtomicFiles.deleteTree(copy);
    try (StoredModel stored = StoredModel.open(Path.of(base.folder()))) {
      VisionConfig vision = settings.vision();
      if (vision != null && stored.vision().isEmpty()) {
        NewEncoder.write(stored, vision, settings.seed(), copy);
      } else {
        stored.writeHuggingFace(copy, null, progress);
      }
    }
    String hash = Hashes.sha256(copy.resolve(WEIGHTS));
    return settings.withBase(
        new BaseConfig(copy.toString(), base.family(), base.parameters(), hash));
  }

  /// Fails when the copy is not what the run began with.
  static void requireUnchanged(BaseConfig base) {
    Path weights = Path.of(base.folder()).resolve(WEIGHTS);
    String expected = base.sha256();
    if (!Files.isRegularFile(weights) || !Hashes.sha256(weights).equals(expected)) {
      throw new InterchangeException(
          "%s must have the SHA-256 %s, as when the run began; put the file back"
              .formatted(weights, expected));
    }
  }
}

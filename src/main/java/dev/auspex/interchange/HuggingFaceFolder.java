package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import dev.auspex.tokenizer.SentencePieceTokenizer;
import dev.auspex.tokenizer.SpecialTokens;
import dev.auspex.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Opens a folder as Hugging Face writes them: `config.json`, one or several safetensors files, and
/// the tokenizer's files.
final class HuggingFaceFolder {
  static final String CONFIG = "config.json";
  static final String WEIGHTS = "model.safetensors";
  static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  static final String GENERATION_CONFIG = "generation_config.json";
  private static final String CHAT_TEMPLATE = "chat_template.jinja";
  private static final String INDEX = WEIGHTS + ".index.json";

  /// Files of a tokenizer, copied as they are.
  static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "vocab.json",
          "merges.txt",
          TOKENIZER_CONFIG,
          "special_tokens_map.json",
          CHAT_TEMPLATE);

  private HuggingFaceFolder() {}

  static StoredModel open(Path folder, Arena arena) {
    if (Files.isRegularFile(folder.resolve("vision.json"))) {
      throw new InterchangeException(
          folder
              + " holds vision.json: an earlier version laid pictures out in another way; train the"
              + " model again");
    }
    Shape shape = HuggingFaceConfig.read(folder.resolve(CONFIG));
    List<Path> files = new ArrayList<>(List.of(folder.resolve(CONFIG)));
    TensorCheck.Tensors tensors =
        new TensorCheck.Tensors(new LinkedHashMap<>(), new LinkedHashMap<>());
    Path named = folder.resolve(INDEX);
    if (Files.isRegularFile(named)) {
      files.add(named);
      shards(folder, named, tensors, files, arena);
    } else {
      named = folder.resolve(WEIGHTS);
      if (!Files.isRegularFile(named)) {
        throw new InterchangeException(
            folder + " must hold " + WEIGHTS + " or " + INDEX + "; other weights are not read");
      }
      files.add(named);
      map(named, tensors, arena);
    }
    tensors.requireLayers(folder.resolve(CONFIG), "number of layers", shape.config().numLayers());
    if (shape.vision() != null) {
      tensors.requireLayers(
          folder.resolve(CONFIG),
          "vision_config.num_hidden_layers",
          shape.vision().config().numLayers());
    }
    Map<Slot, StoredTensor> matched =
        TensorCheck.match(named, shape, Layouts.huggingFace(shape), tensors);
    Stream.of(List.of(GENERATION_CONFIG), TOKENIZER_FILES, ProcessorFiles.ALL)
        .flatMap(List::stream)
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .forEach(files::add);
    StoredModel.Origin origin =
        new StoredModel.Origin(folder, files, () -> Tokenizer.load(folder), () -> rules(folder));
    return new StoredModel(shape, matched, origin, arena);
  }

  private static void shards(
      Path folder, Path index, TensorCheck.Tensors tensors, List<Path> files, Arena arena) {
    JsonNode map = Json.readTree(index).path("weight_map");
    TreeSet<String> names = new TreeSet<>();
    List<String> problems = new ArrayList<>();
    map.forEach(
        value -> {
          String name = value.asString("");
          if (!name.endsWith(".safetensors") || name.contains("/") || name.contains("\\")) {
            problems.add("weight_map names (" + value + "), which must be a file of this folder");
          } else {
            names.add(name);
          }
        });
    if (names.isEmpty()) {
      problems.add("weight_map must name the files that hold the tensors");
    }
    Map<String, String> whereFound = new TreeMap<>();
    for (String name : names) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        files.add(file);
        map(file, tensors, arena).forEach(tensor -> whereFound.put(tensor, name));
      } else {
        problems.add(name + " is missing");
      }
    }
    map.properties().stream()
        .filter(entry -> !entry.getValue().asString("").equals(whereFound.get(entry.getKey())))
        .filter(entry -> Files.isRegularFile(folder.resolve(entry.getValue().asString(""))))
        .forEach(entry -> problems.add(entry.getKey() + " is not in " + entry.getValue()));
    if (!problems.isEmpty()) {
      throw new InterchangeException(index + ": " + String.join("; ", problems));
    }
  }

  /// Adds a file's tensors and returns their names.
  static List<String> map(Path file, TensorCheck.Tensors tensors, Arena arena) {
    List<SafeTensors.Entry> entries = SafeTensors.entries(file);
    MemorySegment data = ModelFiles.map(file, arena);
    for (SafeTensors.Entry entry : entries) {
      Optional<NumberType> type = NumberType.named(entry.dtype());
      if (type.isPresent()) {
        MemorySegment bytes = data.asSlice(entry.start(), entry.length());
        tensors
            .readable()
            .put(entry.name(), new StoredTensor(entry.name(), type.get(), entry.shape(), bytes));
      } else {
        tensors.foreign().put(entry.name(), entry.dtype());
      }
    }
    return entries.stream().map(SafeTensors.Entry::name).toList();
  }

  /// Reads the rules from the files beside the weights; folders without them follow ours.
  private static TokenRules rules(Path folder) {
    Tokenizer tokenizer = Tokenizer.load(folder);
    Path file = folder.resolve(TOKENIZER_CONFIG);
    if (!Files.isRegularFile(file) && tokenizer.specialId(SpecialTokens.END).isPresent()) {
      return TokenRules.ours(tokenizer);
    }
    JsonNode config = Json.readTree(folder.resolve(CONFIG));
    JsonNode settings =
        Files.isRegularFile(file) ? Json.readTree(file) : Json.MAPPER.createObjectNode();
    int start = either(config, "bos_token_id").asInt(-1);
    JsonNode named = settings.path("bos_token");
    String startName = named.path("content").asString(named.asString(""));
    start = tokenizer.specialId(startName).orElse(start);
    boolean addStart =
        settings.has("add_bos_token")
            ? settings.path("add_bos_token").asBoolean(false)
            : tokenizer instanceof SentencePieceTokenizer || template(folder).contains(startName);
    return new TokenRules(
        start, start >= 0 && addStart, ends(folder, config), chatTemplate(folder, settings));
  }

  /// What `tokenizer.json` puts around a text.
  private static Set<String> template(Path folder) {
    Path file = folder.resolve("tokenizer.json");
    Set<String> names = new TreeSet<>();
    if (Files.isRegularFile(file)) {
      JsonNode processor = Json.readTree(file).path("post_processor");
      processor.findValues("SpecialToken").forEach(t -> names.add(t.path("id").asString("")));
    }
    return names;
  }

  /// In a file of its own, a string, or the default of several.
  private static @Nullable String chatTemplate(Path folder, JsonNode settings) {
    Path file = folder.resolve(CHAT_TEMPLATE);
    if (Files.isRegularFile(file)) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new FileException(file, e);
      }
    }
    Path json = folder.resolve(ProcessorFiles.CHAT_TEMPLATE);
    JsonNode node =
        (Files.isRegularFile(json) ? Json.readTree(json) : settings).path("chat_template");
    for (JsonNode one : node.isArray() ? node : Json.MAPPER.createArrayNode()) {
      if (one.path("name").asString("").equals("default")) {
        node = one.path("template");
      }
    }
    String template = node.asString("");
    return template.isEmpty() ? null : template;
  }

  /// A key of the whole model, else of its decoder.
  private static JsonNode either(JsonNode config, String key) {
    return config.has(key) ? config.path(key) : config.path("text_config").path(key);
  }

  private static List<Integer> ends(Path folder, JsonNode config) {
    Path file = folder.resolve(GENERATION_CONFIG);
    JsonNode node = either(config, "eos_token_id");
    if (Files.isRegularFile(file) && Json.readTree(file).has("eos_token_id")) {
      node = Json.readTree(file).path("eos_token_id");
    }
    List<Integer> ends = new ArrayList<>();
    for (JsonNode id : node.isArray() ? node : Json.MAPPER.createArrayNode().add(node)) {
      if (id.isInt() && id.asInt() >= 0) {
        ends.add(id.asInt());
      }
    }
    return ends;
  }
}

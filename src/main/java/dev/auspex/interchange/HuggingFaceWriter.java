package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.tokenizer.SpecialTokens;
import dev.auspex.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes a model as a Hugging Face folder that Transformers opens without further settings.
final class HuggingFaceWriter {
  private HuggingFaceWriter() {}

  /// Writes a new folder, whole or not at all.
  ///
  /// @param type of all tensors; null to keep what they have, F32 where they are quantised
  static void write(StoredModel model, Path folder, @Nullable NumberType type, Progress progress) {
    writeNew(folder, partial -> writeInto(model, partial, type, progress));
  }

  /// Fills a folder that must not exist yet, whole or not at all.
  static void writeNew(Path folder, Consumer<Path> filling) {
    Path target = folder.toAbsolutePath().normalize();
    if (Files.exists(target)) {
      throw new InterchangeException(
          folder + " must not exist yet; choose another folder or remove it");
    }
    Path partial = target.resolveSibling("." + target.getFileName() + ".tmp");
    AtomicFiles.deleteTree(partial);
    try {
      filling.accept(partial);
      AtomicFiles.moveFolder(partial, target);
    } finally {
      AtomicFiles.deleteTree(partial);
    }
  }

  private static void writeInto(
      StoredModel model, Path folder, @Nullable NumberType type, Progress progress) {
    TensorPlan plan = new TensorPlan(model, type, false, progress);
    Map<String, Slot> slots = new LinkedHashMap<>();
    List<SafeTensors.Entry> entries = new ArrayList<>();
    for (Slot slot : Layouts.huggingFace(model.shape())) {
      slots.put(slot.name(), slot);
      entries.add(
          new SafeTensors.Entry(
              slot.name(), plan.type(slot).name(), slot.shape(), 0, plan.length(slot)));
    }
    progress.start("write", entries.stream().mapToLong(SafeTensors.Entry::length).sum(), "bytes");
    SafeTensors.write(
        folder.resolve(HuggingFaceFolder.WEIGHTS),
        entries,
        Map.of("format", "pt"),
        (entry, out) -> plan.write(slots.get(entry.name()), out));
    progress.finish();
    TokenRules rules = model.rules();
    NumberType whole = type == null ? model.type() : type;
    Json.write(
        folder.resolve(HuggingFaceFolder.CONFIG),
        HuggingFaceConfig.describe(model.shape(), whole, rules));
    Json.write(folder.resolve(HuggingFaceFolder.GENERATION_CONFIG), generation(rules));
    if (!copyTokenizer(model.path(), folder)) {
      Tokenizer tokenizer = model.tokenizer();
      tokenizer.save(folder.resolve("tokenizer.json"));
      writeTokenizerFiles(folder, tokenizer, rules, model.config().contextLength());
    }
    Shape.Vision vision = model.shape().vision();
    if (vision != null && !copy(ProcessorFiles.ALL, model.path(), folder)) {
      ProcessorFiles.write(folder, vision, rules);
    }
  }

  /// The files of a tokenizer that already is in this form, as they are.
  private static boolean copyTokenizer(Path from, Path to) {
    if (!Files.isRegularFile(from.resolve("tokenizer.json"))
        || !Files.isRegularFile(from.resolve(HuggingFaceFolder.TOKENIZER_CONFIG))) {
      return false;
    }
    return copy(HuggingFaceFolder.TOKENIZER_FILES, from, to);
  }

  /// Copies those that are there; whether any is.
  private static boolean copy(List<String> names, Path from, Path to) {
    boolean any = false;
    for (String name : names) {
      Path file = from.resolve(name);
      if (Files.isRegularFile(file)) {
        AtomicFiles.write(to.resolve(name), out -> Files.copy(file, out));
        any = true;
      }
    }
    return any;
  }

  /// Writes `generation_config.json`, and the two small files beside `tokenizer.json`; there, text
  /// gets its start token.
  static void writeTokenizerFiles(
      Path folder, Tokenizer tokenizer, TokenRules rules, int contextLength) {
    Map<Integer, String> names = new LinkedHashMap<>();
    tokenizer.specials().forEach((name, id) -> names.put(id, name));
    Map<String, String> special = new LinkedHashMap<>();
    putIfThere(special, "bos_token", names.get(rules.start()));
    if (!rules.ends().isEmpty()) {
      putIfThere(special, "eos_token", names.get(rules.ends().getFirst()));
    }
    putIfThere(
        special,
        "pad_token",
        tokenizer.specials().containsKey(SpecialTokens.PAD) ? SpecialTokens.PAD : null);
    putIfThere(special, "unk_token", tokenizer.specials().containsKey("<unk>") ? "<unk>" : null);
    Json.write(folder.resolve("special_tokens_map.json"), special);
    ObjectNode config = Json.MAPPER.createObjectNode();
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    special.forEach(config::put);
    config.put("add_bos_token", rules.addStart());
    config.put("model_max_length", contextLength);
    config.put("clean_up_tokenization_spaces", false);
    String template = rules.chatTemplate();
    if (template != null) {
      config.put("chat_template", template);
    }
    Json.write(folder.resolve(HuggingFaceFolder.TOKENIZER_CONFIG), config);
    String start = names.get(rules.start());
    if (rules.addStart() && start != null) {
      addStart(folder.resolve("tokenizer.json"), start, rules.start());
    }
  }

  static ObjectNode generation(TokenRules rules) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    if (rules.start() >= 0) {
      node.put("bos_token_id", rules.start());
    }
    var ends = node.putArray("eos_token_id");
    rules.ends().forEach(ends::add);
    return node;
  }

  private static void putIfThere(Map<String, String> map, String key, @Nullable String value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  /// Lets `tokenizer.json` put the start token before a text when special tokens are asked for.
  private static void addStart(Path file, String name, int id) {
    JsonNode root = Json.readTree(file);
    if (!root.isObject() || !root.path("post_processor").isNull()) {
      return;
    }
    String first = Json.line(Map.of("SpecialToken", Map.of("id", name, "type_id", 0)));
    String template =
        """
        {"type":"TemplateProcessing","single":[%1$s,{"Sequence":{"id":"A","type_id":0}}],
        "pair":[%1$s,{"Sequence":{"id":"A","type_id":0}},%1$s,{"Sequence":{"id":"B","type_id":1}}],
        "special_tokens":{%2$s:{"id":%2$s,"ids":[%3$d],"tokens":[%2$s]}}}"""
            .formatted(first, Json.line(name), id);
    ((ObjectNode) root)
        .set("post_processor", Json.MAPPER.readTree(template.getBytes(StandardCharsets.UTF_8)));
    Json.write(file, root);
  }
}

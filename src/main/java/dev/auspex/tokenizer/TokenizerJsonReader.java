package dev.auspex.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Reads Hugging Face's `tokenizer.json` where it is byte-level BPE.
///
/// What it does not support it names and refuses: ids would be wrong otherwise. Truncation, padding
/// and post-processing are left to the callers, who put special tokens in place themselves.
final class TokenizerJsonReader {
  private final Path file;
  private final JsonNode root;
  private final JsonNode model;

  TokenizerJsonReader(Path file, JsonNode root) {
    this.file = file;
    this.root = root;
    this.model = root.path("model");
  }

  Vocabulary read() {
    checkModel();
    List<AddedToken> added = addedTokens();
    VocabularyBuilder builder = new VocabularyBuilder(file, vocab(), added);
    merges(builder);
    PreTokenizers pre = preTokenizers();
    return builder.build(
        Merges.byPlace(),
        model.path("ignore_merges").asBoolean(false),
        pre.list,
        pre.prefixSpace,
        nfc());
  }

  private void checkModel() {
    String type = model.path("type").asString("BPE");
    if (!model.isObject() || !type.equals("BPE")) {
      throw unsupported("model.type", type, "BPE");
    }
    if (model.path("byte_fallback").asBoolean(false)) {
      throw unsupported("model.byte_fallback", "true", "false (byte-level BPE)");
    }
    for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      String value = model.path(key).asString("");
      if (!value.isEmpty()) {
        throw unsupported("model." + key, value, "absent");
      }
    }
    if (model.path("dropout").asDouble(0) != 0) {
      throw unsupported("model.dropout", model.path("dropout").toString(), "absent");
    }
  }

  private JsonNode vocab() {
    JsonNode vocab = model.path("vocab");
    if (!vocab.isObject() || vocab.isEmpty()) {
      throw new TokenizerException(
          file, "model.vocab must map tokens to ids; it is missing or empty; fetch the file again");
    }
    return vocab;
  }

  private List<AddedToken> addedTokens() {
    List<AddedToken> added = new ArrayList<>();
    JsonNode list = root.path("added_tokens");
    for (int i = 0; i < list.size(); i++) {
      JsonNode node = list.get(i);
      String where = "added_tokens[" + i + "]";
      String name = node.path("content").asString("");
      if (name.isEmpty() || !node.path("id").isIntegralNumber()) {
        throw new TokenizerException(file, where + " must have content and an integer id");
      }
      for (String key : List.of("single_word", "lstrip", "rstrip")) {
        if (node.path(key).asBoolean(false)) {
          throw unsupported(where + "." + key, "true", "false");
        }
      }
      boolean special = node.path("special").asBoolean(false);
      added.add(
          new AddedToken(
              name,
              VocabularyBuilder.id(file, name, node.path("id")),
              special,
              node.path("normalized").asBoolean(!special)));
    }
    return added;
  }

  private void merges(VocabularyBuilder builder) {
    JsonNode merges = model.path("merges");
    if (!merges.isArray()) {
      throw new TokenizerException(
          file, "model.merges must be a list; it is missing; fetch the file again");
    }
    for (int i = 0; i < merges.size(); i++) {
      JsonNode merge = merges.get(i);
      String where = "model.merges[" + i + "]";
      if (merge.isArray() && merge.size() == 2) {
        builder.merge(where, merge.get(0).asString(""), merge.get(1).asString(""));
      } else {
        builder.merge(where, merge.asString(""));
      }
    }
  }

  private boolean nfc() {
    JsonNode normalizer = root.path("normalizer");
    boolean nfc = false;
    for (JsonNode step : steps(normalizer, "normalizers")) {
      String type = step.path("type").asString("");
      if (!type.equals("NFC")) {
        throw unsupported("normalizer.type", type, "NFC or absent");
      }
      nfc = true;
    }
    return nfc;
  }

  private record PreTokenizers(List<PreTokenizer> list, boolean prefixSpace) {}

  private PreTokenizers preTokenizers() {
    List<PreTokenizer> list = new ArrayList<>();
    boolean prefixSpace = false;
    boolean byteLevel = false;
    int index = 0;
    for (JsonNode step : steps(root.path("pre_tokenizer"), "pretokenizers")) {
      String type = step.path("type").asString("");
      switch (type) {
        case "Split" -> list.add(split(step));
        case "Digits" ->
            list.add(new PreTokenizer.Digits(step.path("individual_digits").asBoolean(false)));
        case "ByteLevel" -> {
          byteLevel = true;
          prefixSpace = step.path("add_prefix_space").asBoolean(true);
          if (prefixSpace && index > 0) {
            throw unsupported("pre_tokenizer.add_prefix_space", "true", "false after a Split");
          }
          if (step.path("use_regex").asBoolean(true)) {
            list.add(new PreTokenizer.Split(SplitPattern.GPT2));
          }
        }
        default ->
            throw unsupported("pre_tokenizer.type", type, "a Sequence of Split, Digits, ByteLevel");
      }
      index++;
    }
    if (!byteLevel) {
      throw unsupported("pre_tokenizer", index == 0 ? "null" : "no ByteLevel", "ByteLevel");
    }
    return new PreTokenizers(list, prefixSpace);
  }

  private PreTokenizer split(JsonNode step) {
    String behavior = step.path("behavior").asString("");
    boolean invert = step.path("invert").asBoolean(false);
    boolean covers = behavior.equals("Removed") && invert;
    if (!behavior.equals("Isolated") && !covers) {
      throw unsupported("pre_tokenizer.behavior", behavior, "Isolated");
    }
    JsonNode pattern = step.path("pattern");
    if (pattern.path("Regex").isString()) {
      return new PreTokenizer.Split(pattern.path("Regex").asString());
    }
    if (pattern.path("String").isString()) {
      return new PreTokenizer.Split(
          java.util.regex.Pattern.quote(pattern.path("String").asString()));
    }
    throw unsupported("pre_tokenizer.pattern", pattern.toString(), "{\"Regex\": …}");
  }

  private static List<JsonNode> steps(JsonNode node, String listKey) {
    if (node.isMissingNode() || node.isNull()) {
      return List.of();
    }
    if (!node.path("type").asString("").equals("Sequence")) {
      return List.of(node);
    }
    List<JsonNode> steps = new ArrayList<>();
    node.path(listKey).forEach(steps::add);
    return steps;
  }

  private TokenizerException unsupported(String key, String value, String rule) {
    return new TokenizerException(
        file,
        "%s (%s) must be %s; only byte-level BPE is supported, train or choose such a tokenizer"
            .formatted(key, value, rule));
  }
}

package dev.auspex.tokenizer;

import dev.auspex.io.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes Hugging Face's `tokenizer.json`.
final class TokenizerJsonWriter {
  private TokenizerJsonWriter() {}

  static void write(Path file, Vocabulary vocabulary) {
    Map<String, @Nullable Object> root = new LinkedHashMap<>();
    root.put("version", "1.0");
    root.put("truncation", null);
    root.put("padding", null);
    root.put("added_tokens", added(vocabulary));
    root.put("normalizer", vocabulary.nfc() ? Map.of("type", "NFC") : null);
    root.put("pre_tokenizer", preTokenizer(vocabulary));
    root.put("post_processor", null);
    root.put("decoder", byteLevel(false));
    root.put("model", model(vocabulary));
    Json.write(file, root);
  }

  private static List<Object> added(Vocabulary vocabulary) {
    List<Object> list = new ArrayList<>();
    vocabulary.added().stream()
        .sorted(Comparator.comparingInt(AddedToken::id))
        .forEach(
            token -> {
              Map<String, Object> entry = new LinkedHashMap<>();
              entry.put("id", token.id());
              entry.put("content", token.name());
              entry.put("single_word", false);
              entry.put("lstrip", false);
              entry.put("rstrip", false);
              entry.put("normalized", token.normalized());
              entry.put("special", token.special());
              list.add(entry);
            });
    return list;
  }

  private static Map<String, Object> preTokenizer(Vocabulary vocabulary) {
    List<Object> steps = new ArrayList<>();
    if (vocabulary.prefixSpace()) {
      // Only a ByteLevel of its own adds the space, and only together with GPT-2's pattern.
      return byteLevel(true, !vocabulary.preTokenizers().isEmpty());
    }
    for (PreTokenizer step : vocabulary.preTokenizers()) {
      steps.add(
          switch (step) {
            case PreTokenizer.Split split ->
                ordered(
                    "type",
                    "Split",
                    "pattern",
                    Map.of("Regex", split.regex()),
                    "behavior",
                    "Isolated",
                    "invert",
                    false);
            case PreTokenizer.Digits digits ->
                ordered("type", "Digits", "individual_digits", digits.individual());
          });
    }
    steps.add(byteLevel(false));
    return ordered("type", "Sequence", "pretokenizers", steps);
  }

  private static Map<String, Object> byteLevel(boolean useRegex) {
    return byteLevel(false, useRegex);
  }

  private static Map<String, Object> byteLevel(boolean prefixSpace, boolean useRegex) {
    return ordered(
        "type",
        "ByteLevel",
        "add_prefix_space",
        prefixSpace,
        "trim_offsets",
        true,
        "use_regex",
        useRegex);
  }

  private static Map<String, @Nullable Object> model(Vocabulary vocabulary) {
    String[] names = names(vocabulary);
    Map<String, Integer> vocab = new LinkedHashMap<>();
    for (int id = 0; id < names.length; id++) {
      if (!names[id].isEmpty()) {
        vocab.put(names[id], id);
      }
    }
    List<String> merges = new ArrayList<>();
    for (int i = 0; i < vocabulary.merges().size(); i++) {
      merges.add(names[vocabulary.merges().left(i)] + " " + names[vocabulary.merges().right(i)]);
    }
    Map<String, @Nullable Object> model = new LinkedHashMap<>();
    model.put("type", "BPE");
    model.put("dropout", null);
    model.put("unk_token", null);
    model.put("continuing_subword_prefix", null);
    model.put("end_of_word_suffix", null);
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("ignore_merges", vocabulary.wholePieceFirst());
    model.put("vocab", vocab);
    model.put("merges", merges);
    return model;
  }

  /// How the vocabulary writes each token; added tokens by their names.
  static String[] names(Vocabulary vocabulary) {
    boolean[] added = vocabulary.addedIds(false);
    String[] names = new String[vocabulary.tokens().length];
    for (int id = 0; id < names.length; id++) {
      byte[] token = vocabulary.tokens()[id];
      names[id] = added[id] ? new String(token, StandardCharsets.UTF_8) : ByteAlphabet.write(token);
    }
    return names;
  }

  private static Map<String, Object> ordered(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }
}

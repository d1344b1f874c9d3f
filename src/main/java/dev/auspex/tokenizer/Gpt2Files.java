package dev.auspex.tokenizer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Reads `vocab.json` and `merges.txt` of GPT-2, or of Qwen where `tokenizer_config.json` says so.
///
/// Entries of the vocabulary that look like `<|name|>` are special tokens, unless files beside it
/// say otherwise.
final class Gpt2Files {
  private Gpt2Files() {}

  static Vocabulary read(Path vocabFile, Path mergesFile, List<AddedToken> added) {
    JsonNode vocab = TokenizerFiles.json(vocabFile);
    if (!vocab.isObject() || vocab.isEmpty()) {
      throw new TokenizerException(vocabFile, "must map tokens to ids; fetch the file again");
    }
    List<AddedToken> specials = new ArrayList<>(added);
    Set<String> known = new HashSet<>();
    added.forEach(token -> known.add(token.name()));
    for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
      String name = entry.getKey();
      boolean special = name.length() > 4 && name.startsWith("<|") && name.endsWith("|>");
      if (special && !known.contains(name)) {
        int id = VocabularyBuilder.id(vocabFile, name, entry.getValue());
        specials.add(new AddedToken(name, id, true, false));
      }
    }
    VocabularyBuilder builder = new VocabularyBuilder(vocabFile, vocab, specials);
    List<String> lines =
        new String(TokenizerFiles.bytes(mergesFile), StandardCharsets.UTF_8).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      boolean header = i == 0 && lines.get(i).startsWith("#version");
      if (!header && !lines.get(i).isEmpty()) {
        builder.merge(mergesFile.getFileName() + " line " + (i + 1), lines.get(i));
      }
    }
    boolean qwen = tokenizerClass(vocabFile).startsWith("Qwen2Tokenizer");
    String pattern = qwen ? SplitPattern.QWEN2 : SplitPattern.GPT2;
    return builder.build(
        Merges.byPlace(), false, List.of(new PreTokenizer.Split(pattern)), false, qwen);
  }

  /// The class that Transformers would read the files with; Qwen's splits text in another way.
  private static String tokenizerClass(Path vocabFile) {
    Path config = vocabFile.resolveSibling("tokenizer_config.json");
    return Files.isRegularFile(config)
        ? TokenizerFiles.json(config).path("tokenizer_class").asString("")
        : "";
  }
}

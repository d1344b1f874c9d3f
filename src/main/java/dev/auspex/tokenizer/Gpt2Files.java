package dev.auspex.tokenizer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Reads GPT-2's `vocab.json` and `merges.txt`.
///
/// Entries of the vocabulary that look like `<|name|>` are special tokens.
final class Gpt2Files {
  private Gpt2Files() {}

  static Vocabulary read(Path vocabFile, Path mergesFile) {
    JsonNode vocab = TokenizerFiles.json(vocabFile);
    if (!vocab.isObject() || vocab.isEmpty()) {
      throw new TokenizerException(vocabFile, "must map tokens to ids; fetch the file again");
    }
    List<AddedToken> specials = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
      String name = entry.getKey();
      if (name.length() > 4 && name.startsWith("<|") && name.endsWith("|>")) {
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
    return builder.build(
        Merges.byPlace(), false, List.of(new PreTokenizer.Split(SplitPattern.GPT2)), false, false);
  }
}

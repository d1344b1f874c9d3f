package dev.auspex.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Tokens that lie beside a vocabulary without a `tokenizer.json`: in `added_tokens_decoder` of
/// `tokenizer_config.json`, or in `added_tokens.json` with `special_tokens_map.json`.
final class AddedTokenFiles {
  private AddedTokenFiles() {}

  /// The tokens beside `vocabulary`, by id; none where no such file is there.
  static List<AddedToken> beside(Path vocabulary) {
    List<AddedToken> added = new ArrayList<>();
    Path config = vocabulary.resolveSibling("tokenizer_config.json");
    for (Map.Entry<String, JsonNode> entry : tree(config, "added_tokens_decoder")) {
      String name = entry.getValue().path("content").asString("");
      if (!entry.getKey().matches("[0-9]{1,7}") || name.isEmpty()) {
        throw new TokenizerException(
            config, "added_tokens_decoder (" + entry.getKey() + ") must give an id its content");
      }
      boolean special = entry.getValue().path("special").asBoolean(false);
      added.add(new AddedToken(name, Integer.parseInt(entry.getKey()), special, false));
    }
    Path file = vocabulary.resolveSibling("added_tokens.json");
    if (added.isEmpty() && Files.isRegularFile(file)) {
      Set<String> special = specials(vocabulary.resolveSibling("special_tokens_map.json"));
      for (Map.Entry<String, JsonNode> entry : tree(file, "")) {
        int id = VocabularyBuilder.id(file, entry.getKey(), entry.getValue());
        added.add(new AddedToken(entry.getKey(), id, special.contains(entry.getKey()), false));
      }
    }
    added.sort(Comparator.comparingInt(AddedToken::id));
    return added;
  }

  private static Set<Map.Entry<String, JsonNode>> tree(Path file, String key) {
    if (!Files.isRegularFile(file)) {
      return Set.of();
    }
    JsonNode root = TokenizerFiles.json(file);
    return (key.isEmpty() ? root : root.path(key)).properties();
  }

  /// All texts of the map, whatever they are for.
  private static Set<String> specials(Path file) {
    Set<String> names = new HashSet<>();
    for (Map.Entry<String, JsonNode> entry : tree(file, "")) {
      JsonNode value = entry.getValue();
      for (JsonNode one : value.isArray() ? value : List.of(value)) {
        names.add(one.path("content").asString(one.asString("")));
      }
    }
    return names;
  }
}

package dev.auspex.data.pictures;

import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.tokenizer.chat.ChatTemplate;
import dev.auspex.vision.PictureForm;
import org.jspecify.annotations.Nullable;

/// How a model reads documents and conversations.
///
/// @param tokenizer its vocabulary
/// @param template lays out a conversation; null for a model that has none
/// @param start the id that begins a text, -1 for none
/// @param addStart whether it is put before a text that does not begin with it
/// @param end the id that ends a document, -1 for none
/// @param pictures how pictures stand in it; null for a model that reads text only
/// @param squareTokens tokens that a square takes
public record PromptForm(
    Tokenizer tokenizer,
    @Nullable ChatTemplate template,
    int start,
    boolean addStart,
    int end,
    @Nullable PictureForm pictures,
    int squareTokens) {
  /// The name of the start token, empty for none.
  String startName() {
    return name(start);
  }

  /// The name of the end token, empty for none.
  String endName() {
    return name(end);
  }

  private String name(int id) {
    return tokenizer.specials().entrySet().stream()
        .filter(entry -> entry.getValue() == id)
        .map(java.util.Map.Entry::getKey)
        .findFirst()
        .orElse("");
  }
}

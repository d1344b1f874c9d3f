package dev.auspex.cli;

import dev.auspex.data.pictures.PictureEncoder;
import dev.auspex.data.pictures.PromptForm;
import dev.auspex.interchange.StoredModel;
import dev.auspex.interchange.TokenRules;
import dev.auspex.model.VisionConfig;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.tokenizer.chat.ChatTemplate;
import dev.auspex.vision.PictureForm;
import dev.auspex.vision.PictureLimits;
import org.jspecify.annotations.Nullable;

/// Makes what lays conversations out for a model.
final class Prompts {
  private Prompts() {}

  /// For a model on disk, as its files say.
  static PictureEncoder encoder(StoredModel model, Tokenizer tokenizer) {
    return encoder(
        tokenizer,
        model.rules(),
        model.pictureForm().orElse(null),
        model.vision().map(VisionConfig::tokens).orElse(0));
  }

  /// For a model that is trained here.
  static PictureEncoder encoder(Tokenizer tokenizer, VisionConfig vision) {
    return encoder(
        tokenizer,
        TokenRules.ours(tokenizer),
        PictureForm.of(vision.imageSize(), vision.maxSide()),
        vision.tokens());
  }

  private static PictureEncoder encoder(
      Tokenizer tokenizer, TokenRules rules, @Nullable PictureForm pictures, int squareTokens) {
    String source = rules.chatTemplate();
    return new PictureEncoder(
        new PromptForm(
            tokenizer,
            source == null ? null : ChatTemplate.parse(source),
            rules.start(),
            rules.addStart(),
            rules.ends().isEmpty() ? -1 : rules.ends().getFirst(),
            pictures,
            squareTokens),
        PictureLimits.STANDARD);
  }
}

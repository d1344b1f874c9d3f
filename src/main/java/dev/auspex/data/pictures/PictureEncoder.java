package dev.auspex.data.pictures;

import dev.auspex.data.DataException;
import dev.auspex.model.VisionConfig;
import dev.auspex.tokenizer.SpecialTokens;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.vision.Picture;
import dev.auspex.vision.PictureException;
import dev.auspex.vision.PictureLimits;
import dev.auspex.vision.Tiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Documents to ids and squares of pixels.
///
/// A picture is, for each tile and at last for the thumbnail, the image token and the places of
/// the square's own tokens; a line break ends a row of tiles. A turn is its role's token, the
/// content, and the end of the turn.
public final class PictureEncoder {
  private final Tokenizer tokenizer;
  private final @Nullable VisionConfig vision;
  private final PictureLimits limits;
  private final int image;

  /// @param tokenizer has the special tokens of {@link SpecialTokens}
  /// @param vision null for a model that reads text only; then a picture is an error
  public PictureEncoder(Tokenizer tokenizer, @Nullable VisionConfig vision, PictureLimits limits) {
    this.tokenizer = tokenizer;
    this.vision = vision;
    this.limits = limits;
    this.image = special(SpecialTokens.IMAGE);
  }

  /// An encoded document.
  ///
  /// @param ids a token, or `~k` for the `k`-th image token of the document
  /// @param learned which ids are predicted in training
  /// @param squares the pictures' squares, in order
  /// @param learnedBytes bytes of text that the learned ids stand for
  public record Encoded(int[] ids, boolean[] learned, List<Picture> squares, long learnedBytes) {
    /// The ids as a model with `vocabSize` rows reads them: `vocabSize + k` for image token `k`.
    public List<Integer> idsFor(int vocabSize) {
      return Arrays.stream(ids).map(id -> id >= 0 ? id : vocabSize + ~id).boxed().toList();
    }
  }

  /// A whole document for training.
  public Encoded document(PictureDocument document) {
    Builder builder = new Builder(document);
    document.messages().forEach(builder::add);
    builder.token(special(SpecialTokens.END), document.messages().getFirst().role().isEmpty());
    return builder.finish();
  }

  /// The turns so far, and the beginning of the assistant's.
  public Encoded prompt(PictureDocument document) {
    Builder builder = new Builder(document);
    document.messages().forEach(builder::add);
    builder.token(special(SpecialTokens.ASSISTANT), false);
    return builder.finish();
  }

  /// The vocabulary.
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  private int special(String name) {
    return tokenizer
        .specialId(name)
        .orElseThrow(() -> new DataException("the vocabulary must have the token " + name));
  }

  private Picture load(PictureDocument document, ContentPart.Image part) {
    try {
      return part.source().startsWith("data:")
          ? Picture.ofDataUrl(part.source(), "its data URL", limits)
          : Picture.read(document.folder().resolve(Path.of(part.source())), limits);
    } catch (PictureException e) {
      throw new DataException(document.where() + ": " + e.getMessage(), e);
    }
  }

  /// One document being put together.
  private final class Builder {
    private final PictureDocument document;
    private final List<Integer> ids = new ArrayList<>();
    private final List<Boolean> learned = new ArrayList<>();
    private final List<Picture> squares = new ArrayList<>();
    private long learnedBytes;

    Builder(PictureDocument document) {
      this.document = document;
    }

    void add(Message message) {
      boolean learns = message.role().isEmpty() || message.role().equals("assistant");
      if (!message.role().isEmpty()) {
        token(special("<|" + message.role() + "|>"), false);
      }
      for (ContentPart part : message.content()) {
        switch (part) {
          case ContentPart.Text(String text) -> text(text, learns);
          case ContentPart.Image picture -> picture(picture);
        }
      }
      if (!message.role().isEmpty()) {
        token(special(SpecialTokens.TURN_END), learns);
      }
    }

    private void text(String text, boolean learns) {
      for (int id : tokenizer.encode(text)) {
        token(id, learns);
        learnedBytes += learns ? tokenizer.tokenBytes(id).length : 0;
      }
    }

    private void picture(ContentPart.Image part) {
      if (vision == null) {
        throw new DataException(document.where() + " holds a picture; this model reads text only");
      }
      Tiles tiles = Tiles.of(load(document, part), vision.imageSize(), vision.maxSide());
      for (int i = 0; i < tiles.squares().size(); i++) {
        token(image, false);
        for (int k = 0; k < vision.tokens(); k++) {
          token(~(squares.size() * vision.tokens() + k), false);
        }
        squares.add(tiles.squares().get(i));
        if (tiles.columns() > 0 && i % tiles.columns() == tiles.columns() - 1) {
          text("\n", false);
        }
      }
    }

    void token(int id, boolean learns) {
      ids.add(id);
      learned.add(learns);
    }

    Encoded finish() {
      boolean[] flags = new boolean[learned.size()];
      for (int i = 0; i < flags.length; i++) {
        flags[i] = learned.get(i);
      }
      return new Encoded(
          ids.stream().mapToInt(Integer::intValue).toArray(), flags, squares, learnedBytes);
    }
  }
}

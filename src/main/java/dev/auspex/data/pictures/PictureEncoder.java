package dev.auspex.data.pictures;

import dev.auspex.data.DataException;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.tokenizer.chat.ChatTemplate;
import dev.auspex.tokenizer.chat.ChatTemplateException;
import dev.auspex.vision.Picture;
import dev.auspex.vision.PictureException;
import dev.auspex.vision.PictureForm;
import dev.auspex.vision.PictureLimits;
import dev.auspex.vision.Tiles;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Documents to ids and squares of pixels, as the model's chat template and picture form say.
///
/// What an answer is, the template itself tells: the text by which a conversation grows when the
/// assistant's message joins. Text of messages never becomes a special token, whatever it says.
public final class PictureEncoder {
  /// Put behind the first character of whatever in a message could be read as a special token;
  /// taken out again before encoding. No character of any text.
  private static final char GUARD = '\uFFFE';

  private final PromptForm form;
  private final Tokenizer tokenizer;
  private final PictureLimits limits;
  private final Pattern specials;
  private final String guarded;

  /// Encodes for a model.
  public PictureEncoder(PromptForm form, PictureLimits limits) {
    this.form = form;
    this.tokenizer = form.tokenizer();
    this.limits = limits;
    this.specials = alternatives(tokenizer.specials().keySet().stream().toList());
    String image = form.pictures() == null ? "" : form.pictures().image();
    this.guarded =
        Stream.concat(tokenizer.specials().keySet().stream(), Stream.of(image))
            .filter(name -> !name.isEmpty())
            .map(name -> name.substring(0, 1))
            .distinct()
            .collect(Collectors.joining());
  }

  private static Pattern alternatives(List<String> names) {
    if (names.isEmpty()) {
      return Pattern.compile("(?!)"); // finds nothing
    }
    return Pattern.compile(
        names.stream()
            .sorted((a, b) -> b.length() - a.length())
            .map(Pattern::quote)
            .collect(Collectors.joining("|")));
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
    List<Message> messages = document.messages();
    if (messages.getFirst().role().isEmpty()) {
      builder.begin("");
      for (Message message : messages) {
        builder.add(content(message), true);
      }
      builder.special(form.end(), true);
      return builder.finish();
    }
    String whole = rendered(document, messages, false);
    builder.begin(whole);
    int done = 0;
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).role().equals("assistant")) {
        int from = prefix(document, messages.subList(0, i), true, whole);
        int to = prefix(document, messages.subList(0, i + 1), false, whole);
        builder.add(whole.substring(done, from), false);
        builder.add(whole.substring(from, to), true);
        done = to;
      }
    }
    builder.add(whole.substring(done), false);
    return builder.finish();
  }

  /// The turns so far, and the beginning of the assistant's.
  public Encoded prompt(PictureDocument document) {
    Builder builder = new Builder(document);
    String whole = rendered(document, document.messages(), true);
    builder.begin(whole);
    builder.add(whole, false);
    return builder.finish();
  }

  /// The vocabulary.
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  private int prefix(PictureDocument document, List<Message> some, boolean asks, String whole) {
    String text = some.isEmpty() && !asks ? "" : rendered(document, some, asks);
    if (!whole.startsWith(text)) {
      throw new DataException(
          document.where()
              + ": the chat template must lay out a conversation so that a longer one begins like a"
              + " shorter one; train with another template");
    }
    return text.length();
  }

  private String rendered(PictureDocument document, List<Message> messages, boolean asks) {
    ChatTemplate template = form.template();
    if (template == null) {
      throw new DataException(
          document.where() + " is a conversation; this model has no chat template");
    }
    List<Map<String, Object>> turns = new ArrayList<>();
    for (Message message : messages) {
      Object content = form.pictures() == null ? content(message) : parts(message);
      turns.add(Map.of("role", message.role(), "content", content));
    }
    try {
      return template.render(
          Map.of(
              "messages",
              turns,
              "add_generation_prompt",
              asks,
              "bos_token",
              form.startName(),
              "eos_token",
              form.endName()));
    } catch (ChatTemplateException e) {
      throw new DataException(document.where() + ": " + e.getMessage(), e);
    }
  }

  private List<Map<String, Object>> parts(Message message) {
    List<Map<String, Object>> parts = new ArrayList<>();
    for (ContentPart part : message.content()) {
      parts.add(
          switch (part) {
            case ContentPart.Text(String text) -> Map.of("type", "text", "text", guarded(text));
            case ContentPart.Image _ -> Map.of("type", "image");
          });
    }
    return parts;
  }

  /// Text alone, the image token for each picture.
  private String content(Message message) {
    StringBuilder text = new StringBuilder();
    for (ContentPart part : message.content()) {
      switch (part) {
        case ContentPart.Text(String piece) -> text.append(guarded(piece));
        case ContentPart.Image _ ->
            text.append(form.pictures() == null ? PictureForm.IMAGE : form.pictures().image());
      }
    }
    return text.toString();
  }

  private String guarded(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c == GUARD || c == PictureForm.SQUARE ? '\uFFFD' : c);
      if (guarded.indexOf(c) >= 0) {
        out.append(GUARD);
      }
    }
    return out.toString();
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
    private final Deque<ContentPart.Image> images = new ArrayDeque<>();
    private final List<Integer> ids = new ArrayList<>();
    private final List<Boolean> learned = new ArrayList<>();
    private final List<Picture> squares = new ArrayList<>();
    private long learnedBytes;

    Builder(PictureDocument document) {
      this.document = document;
      for (Message message : document.messages()) {
        for (ContentPart part : message.content()) {
          if (part instanceof ContentPart.Image image) {
            images.add(image);
          }
        }
      }
      if (!images.isEmpty() && form.pictures() == null) {
        throw new DataException(document.where() + " holds a picture; this model reads text only");
      }
    }

    /// The start token, unless `text` itself begins with it.
    void begin(String text) {
      String name = form.startName();
      if (form.addStart() && (name.isEmpty() || !text.startsWith(name))) {
        special(form.start(), false);
      }
    }

    /// Laid-out text with the image token where pictures stand.
    void add(String text, boolean learns) {
      PictureForm pictures = form.pictures();
      int done = 0;
      if (pictures != null) {
        for (int at = text.indexOf(pictures.image()); at >= 0; ) {
          text(text.substring(done, at), learns);
          picture(pictures);
          done = at + pictures.image().length();
          at = text.indexOf(pictures.image(), done);
        }
      }
      text(text.substring(done), learns);
    }

    private void picture(PictureForm pictures) {
      if (images.isEmpty()) {
        throw new DataException(
            document.where() + ": the chat template shows more pictures than there are");
      }
      Tiles tiles = Tiles.of(load(document, images.remove()), pictures);
      int next = squares.size() * form.squareTokens();
      String[] pieces = pictures.markup(tiles).split(String.valueOf(PictureForm.SQUARE), -1);
      for (int i = 0; i < pieces.length; i++) {
        text(pieces[i], false);
        for (int k = 0; k < form.squareTokens() && i < pieces.length - 1; k++) {
          token(~next++, false);
        }
      }
      squares.addAll(tiles.squares());
    }

    private void text(String text, boolean learns) {
      int done = 0;
      for (var found = specials.matcher(text); found.find(); done = found.end()) {
        plain(text.substring(done, found.start()), learns);
        special(tokenizer.specialId(found.group()).orElseThrow(), learns);
      }
      plain(text.substring(done), learns);
    }

    private void plain(String text, boolean learns) {
      if (text.isEmpty()) {
        return;
      }
      for (int id : tokenizer.encode(text.replace(String.valueOf(GUARD), ""))) {
        token(id, learns);
        learnedBytes += learns ? tokenizer.tokenBytes(id).length : 0;
      }
    }

    void special(int id, boolean learns) {
      if (id >= 0) {
        token(id, learns);
      }
    }

    private void token(int id, boolean learns) {
      ids.add(id);
      learned.add(learns);
    }

    Encoded finish() {
      if (!images.isEmpty()) {
        throw new DataException(
            document.where() + ": the model's chat template must show all pictures of a message");
      }
      boolean[] flags = new boolean[learned.size()];
      for (int i = 0; i < flags.length; i++) {
        flags[i] = learned.get(i);
      }
      return new Encoded(
          ids.stream().mapToInt(Integer::intValue).toArray(), flags, squares, learnedBytes);
    }
  }
}

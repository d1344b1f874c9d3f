package dev.auspex.interchange;

import dev.auspex.tokenizer.SpecialTokens;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.vision.PictureForm;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// How a model's special tokens are used around text.
///
/// @param start the id that begins a text, -1 for none
/// @param addStart whether a plain prompt begins with it
/// @param ends ids that end what the model writes
/// @param chatTemplate Jinja source that lays out a conversation, null for none
public record TokenRules(
    int start, boolean addStart, List<Integer> ends, @Nullable String chatTemplate) {
  /// The conversations of models trained here: a role's token, the text, the end of the turn.
  public static final String CHAT_TEMPLATE =
      "{{ bos_token }}{% for message in messages %}"
          + "{{ '<|' + message['role'] + '|>' + message['content'] + '<|turn_end|>' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

  /// The same where content may be a list of text and pictures; the start token is left to what
  /// puts it before every text, as processors would else put it twice.
  public static final String PICTURE_TEMPLATE =
      "{% for message in messages %}{{ '<|' + message['role'] + '|>' }}"
          + "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
          + "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
          + "{% else %}{{ '<image>' }}{% endif %}{% endfor %}{% endif %}{{ '<|turn_end|>' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

  public TokenRules {
    ends = List.copyOf(ends);
  }

  /// The rules of models trained here, as far as the vocabulary has their tokens.
  public static TokenRules ours(Tokenizer tokenizer) {
    OptionalInt end = tokenizer.specialId(SpecialTokens.END);
    OptionalInt turnEnd = tokenizer.specialId(SpecialTokens.TURN_END);
    List<Integer> ends = new ArrayList<>();
    end.ifPresent(ends::add);
    turnEnd.ifPresent(ends::add);
    boolean chats = turnEnd.isPresent() && tokenizer.specialId(SpecialTokens.USER).isPresent();
    boolean looks = tokenizer.specialId(PictureForm.IMAGE).isPresent();
    String template = !chats ? null : looks ? PICTURE_TEMPLATE : CHAT_TEMPLATE;
    return new TokenRules(end.orElse(-1), end.isPresent(), ends, template);
  }

  /// The ids of a prompt: the start token where it is due or nothing else is there, then the text.
  public List<Integer> promptIds(Tokenizer tokenizer, String text) {
    List<Integer> ids = new ArrayList<>();
    int[] encoded = tokenizer.encode(text);
    if (start >= 0 && (addStart || encoded.length == 0)) {
      ids.add(start);
    }
    for (int id : encoded) {
      ids.add(id);
    }
    return ids;
  }
}

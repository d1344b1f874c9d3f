package dev.auspex.data.pictures;

import java.util.List;

/// One turn: an ordered list of text and pictures, any number in any order.
///
/// @param role `system`, `user`, `assistant`, `tool`, or empty for a document that is no
///     conversation
public record Message(String role, List<ContentPart> content) {
  public Message {
    content = List.copyOf(content);
  }

  /// The text alone.
  public String text() {
    StringBuilder text = new StringBuilder();
    for (ContentPart part : content) {
      if (part instanceof ContentPart.Text(String piece)) {
        text.append(piece);
      }
    }
    return text.toString();
  }
}

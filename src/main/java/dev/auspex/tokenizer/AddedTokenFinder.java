package dev.auspex.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Finds added tokens in bytes: the leftmost first, and of those the longest.
final class AddedTokenFinder {
  private record Needle(byte[] bytes, int id) {}

  /// By first byte, longest first.
  private final Needle[][] needles = new Needle[256][];

  private final boolean empty;

  AddedTokenFinder(Collection<AddedToken> tokens) {
    empty = tokens.isEmpty();
    List<List<Needle>> lists = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      lists.add(new ArrayList<>());
    }
    for (AddedToken token : tokens) {
      byte[] bytes = Utf8.bytes(token.name());
      lists.get(bytes[0] & 0xFF).add(new Needle(bytes, token.id()));
    }
    for (int b = 0; b < 256; b++) {
      lists.get(b).sort(Comparator.comparingInt((Needle n) -> n.bytes.length).reversed());
      needles[b] = lists.get(b).toArray(Needle[]::new);
    }
  }

  boolean isEmpty() {
    return empty;
  }

  /// What to do with the parts of a text.
  interface Parts {
    /// Text between added tokens, never empty.
    void text(byte[] bytes, int from, int to);

    /// An added token.
    void token(int id);
  }

  /// Goes through `text[from, to)`.
  void find(byte[] text, int from, int to, Parts parts) {
    int done = from;
    int i = empty ? to : from;
    while (i < to) {
      Needle needle = needleAt(text, i, to);
      if (needle == null) {
        i++;
        continue;
      }
      if (i > done) {
        parts.text(text, done, i);
      }
      parts.token(needle.id);
      i += needle.bytes.length;
      done = i;
    }
    if (to > done) {
      parts.text(text, done, to);
    }
  }

  private @org.jspecify.annotations.Nullable Needle needleAt(byte[] text, int i, int to) {
    for (Needle needle : needles[text[i] & 0xFF]) {
      int end = i + needle.bytes.length;
      if (end <= to && Arrays.equals(needle.bytes, 0, needle.bytes.length, text, i, end)) {
        return needle;
      }
    }
    return null;
  }
}

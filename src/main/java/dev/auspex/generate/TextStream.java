package dev.auspex.generate;

import dev.auspex.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/// Turns tokens into text as they come: holds back bytes of an unfinished character and text that
/// may yet become a stop string.
final class TextStream {
  private final Tokenizer tokenizer;
  private final List<String> stops;
  private final Consumer<String> onText;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private final StringBuilder text = new StringBuilder();
  private int told;

  TextStream(Tokenizer tokenizer, List<String> stops, Consumer<String> onText) {
    this.tokenizer = tokenizer;
    this.stops = stops;
    this.onText = onText;
  }

  /// Adds a token.
  /// @return whether a stop string is complete
  boolean append(int id) {
    if (id < tokenizer.vocabSize()) { // a padded row of the model's table has no text
      pending.writeBytes(tokenizer.tokenBytes(id));
    }
    byte[] bytes = pending.toByteArray();
    int whole = wholeCharacters(bytes);
    text.append(new String(bytes, 0, whole, StandardCharsets.UTF_8));
    pending.reset();
    pending.write(bytes, whole, bytes.length - whole);
    for (String stop : stops) {
      int at = text.indexOf(stop, Math.max(0, told - stop.length()));
      if (at >= 0) {
        text.setLength(at);
        tell(at);
        return true;
      }
    }
    tell(text.length() - heldBack());
    return false;
  }

  /// All text, the unfinished rest included.
  String finish() {
    text.append(new String(pending.toByteArray(), StandardCharsets.UTF_8));
    pending.reset();
    tell(text.length());
    return text.toString();
  }

  private void tell(int end) {
    if (end > told) {
      onText.accept(text.substring(told, end));
      told = end;
    }
  }

  private int heldBack() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, text.length()); length > longest; length--) {
        if (text.substring(text.length() - length).equals(stop.substring(0, length))) {
          longest = length;
        }
      }
    }
    return longest;
  }

  /// Bytes up to the last character boundary; at most three are held back.
  private static int wholeCharacters(byte[] bytes) {
    for (int back = 1; back <= Math.min(3, bytes.length); back++) {
      int b = bytes[bytes.length - back] & 0xff;
      if (b >= 0xc0) {
        int needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
        return needed > back ? bytes.length - back : bytes.length;
      }
      if (b < 0x80) {
        break;
      }
    }
    return bytes.length;
  }
}

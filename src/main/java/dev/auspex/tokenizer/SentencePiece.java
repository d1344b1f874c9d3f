package dev.auspex.tokenizer;

import java.nio.file.Path;
import java.util.Arrays;

/// A piece of a SentencePiece vocabulary.
///
/// @param text with `▁` for a space; `<0x0A>` for a byte
/// @param score the higher, the earlier it is merged
/// @param kind what it is for
record SentencePiece(String text, float score, Kind kind) {
  /// Kinds with their numbers in SentencePiece and GGUF files.
  enum Kind {
    NORMAL(1),
    UNKNOWN(2),
    CONTROL(3),
    USER_DEFINED(4),
    UNUSED(5),
    BYTE(6);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    /// The kind of a number; a normal piece where it is unknown.
    static Kind of(long number) {
      return Arrays.stream(values())
          .filter(kind -> kind.number == number)
          .findFirst()
          .orElse(NORMAL);
    }
  }

  /// Whether a text is a byte's name.
  static boolean namesByte(String text) {
    return text.matches("<0x[0-9A-Fa-f]{2}>");
  }

  /// The byte it stands for.
  byte byteValue(Path file) {
    if (!namesByte(text)) {
      throw new TokenizerException(
          file, "byte piece (%s) must be written <0x00> to <0xFF>".formatted(text));
    }
    return (byte) Integer.parseInt(text.substring(3, 5), 16);
  }
}

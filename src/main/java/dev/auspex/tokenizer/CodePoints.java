package dev.auspex.tokenizer;

/// What kind of character starts at a byte: the classes that split patterns speak of, as bits.
///
/// A result is `width << 8 | bits`. At the end of the text it is 0; at a byte that starts no valid
/// UTF-8 it is width 1 with no bits, which no class of a pattern contains.
final class CodePoints {
  /// `\p{L}`.
  static final int LETTER = 1;

  /// `\p{N}`.
  static final int NUMBER = 2;

  /// `\s`, Unicode's White_Space.
  static final int SPACE = 4;

  /// `[\r\n]`; these are SPACE too.
  static final int NEWLINE = 8;

  /// `\p{M}`.
  static final int MARK = 16;

  /// All the rest: punctuation, symbols, controls, unassigned.
  static final int OTHER = 32;

  /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`.
  static final int UPPERISH = 64;

  /// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
  static final int LOWERISH = 128;

  private static final byte[] BITS = new byte[Character.MAX_CODE_POINT + 1];
  private static final int[] ASCII = new int[128];

  static {
    for (int c = 0; c < BITS.length; c++) {
      BITS[c] = (byte) bits(c);
    }
    for (int c = 0; c < ASCII.length; c++) {
      ASCII[c] = 1 << 8 | BITS[c] & 0xFF;
    }
  }

  private CodePoints() {}

  /// Width and class of the character at `i`.
  static int at(byte[] text, int i, int to) {
    if (i >= to) {
      return 0;
    }
    byte b = text[i];
    return b >= 0 ? ASCII[b] : wide(text, i, to);
  }

  /// The end of the run of characters with any bit of `mask` that starts at `i`.
  static int skip(byte[] text, int i, int to, int mask) {
    int end = i;
    while (end < to) {
      byte b = text[end];
      int c = b >= 0 ? ASCII[b] : wide(text, end, to);
      if ((c & mask) == 0) {
        break;
      }
      end += c >>> 8;
    }
    return end;
  }

  /// [#skip] for a mask with LETTER and at most MARK, eight ASCII letters at a time.
  static int skipWord(byte[] text, int i, int to, int mask) {
    int end = i;
    while (end + 8 <= to) {
      int letters = AsciiRuns.letters(text, end);
      end += letters;
      if (letters < 8) {
        return text[end] >= 0 ? end : skip(text, end, to, mask);
      }
    }
    return skip(text, end, to, mask);
  }

  private static int wide(byte[] text, int i, int to) {
    int codePoint = Utf8.codePoint(text, i, to);
    return codePoint < 0 ? 1 << 8 : Utf8.width(codePoint) << 8 | BITS[codePoint] & 0xFF;
  }

  private static int bits(int c) {
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> LETTER | UPPERISH;
      case Character.LOWERCASE_LETTER -> LETTER | LOWERISH;
      case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> LETTER | UPPERISH | LOWERISH;
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          MARK | UPPERISH | LOWERISH;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          SPACE;
      default -> control(c);
    };
  }

  private static int control(int c) {
    if (c == '\r' || c == '\n') {
      return SPACE | NEWLINE;
    }
    return c >= 0x09 && c <= 0x0D || c == 0x85 ? SPACE : OTHER;
  }
}

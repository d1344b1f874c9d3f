package dev.auspex.tokenizer;

import static dev.auspex.tokenizer.CodePoints.LETTER;
import static dev.auspex.tokenizer.CodePoints.MARK;
import static dev.auspex.tokenizer.CodePoints.NUMBER;
import static dev.auspex.tokenizer.CodePoints.OTHER;

/// GPT-2's pattern by hand (r50k, and every ByteLevel pre-tokenizer).
///
/// [RegexSplitter] with the same pattern is the slow twin.
final class Gpt2Splitter implements Splitter {
  @Override
  public Cursor cursor(byte[] text, int from, int to) {
    return new Gpt2Walk(text, from, to);
  }

  private static final class Gpt2Walk extends Walk {
    Gpt2Walk(byte[] text, int from, int to) {
      super(text, from, to);
    }

    @Override
    int end(int start) {
      if (text[start] == '\'') {
        int end = Contractions.end(text, start, to, false);
        if (end > start) {
          return end;
        }
      }
      int first = CodePoints.at(text, start, to);
      int after = start + (first >>> 8);
      if ((first & 0xFF) == 0) {
        return after; // not text
      }
      int lead = text[start] == ' ' ? CodePoints.at(text, after, to) : first;
      int mask = family(lead);
      if (mask == LETTER) {
        return CodePoints.skipWord(text, after, to, mask);
      }
      return mask == 0
          ? Whitespace.end(text, start, to, false)
          : CodePoints.skip(text, after, to, mask);
    }

    private static int family(int c) {
      if ((c & LETTER) != 0) {
        return LETTER;
      }
      if ((c & NUMBER) != 0) {
        return NUMBER;
      }
      return (c & (OTHER | MARK)) != 0 ? OTHER | MARK : 0;
    }
  }
}

package dev.auspex.tokenizer;

import static dev.auspex.tokenizer.CodePoints.LETTER;
import static dev.auspex.tokenizer.CodePoints.LOWERISH;
import static dev.auspex.tokenizer.CodePoints.MARK;
import static dev.auspex.tokenizer.CodePoints.NEWLINE;
import static dev.auspex.tokenizer.CodePoints.NUMBER;
import static dev.auspex.tokenizer.CodePoints.OTHER;
import static dev.auspex.tokenizer.CodePoints.UPPERISH;

/// GPT-4o's pattern by hand: words also end where lower case turns into upper case.
///
/// [RegexSplitter] with the same pattern is the slow twin.
final class O200kSplitter implements Splitter {
  private static final int MAX_DIGITS = 3;

  @Override
  public Cursor cursor(byte[] text, int from, int to) {
    return new O200kWalk(text, from, to);
  }

  private static final class O200kWalk extends Walk {
    O200kWalk(byte[] text, int from, int to) {
      super(text, from, to);
    }

    @Override
    int end(int start) {
      int first = CodePoints.at(text, start, to);
      int after = start + (first >>> 8);
      if ((first & 0xFF) == 0) {
        return after; // not text
      }
      if ((first & NUMBER) != 0) {
        return digits(after, MAX_DIGITS);
      }
      int word = word(start, after, (first & (LETTER | NEWLINE)) == 0);
      if (word > start) {
        return Math.max(word, Contractions.end(text, word, to, true));
      }
      int other = OTHER | MARK;
      if ((first & other) != 0
          || text[start] == ' ' && (CodePoints.at(text, after, to) & other) != 0) {
        int end = CodePoints.skip(text, after, to, other);
        while (end < to && (text[end] == '\r' || text[end] == '\n' || text[end] == '/')) {
          end++;
        }
        return end;
      }
      return Whitespace.end(text, start, to, true);
    }

    /// The two word alternatives in the order a regex engine tries them, each with and without
    /// the optional character before the word.
    private int word(int start, int after, boolean prefixPossible) {
      int end = prefixPossible ? lowerWord(after) : -1;
      if (end < 0) {
        end = lowerWord(start);
      }
      if (end < 0 && prefixPossible) {
        end = upperWord(after);
      }
      return end < 0 ? upperWord(start) : end;
    }

    /// `[upperish]*[lowerish]+`: gives back characters of the first run until the second has one.
    private int lowerWord(int from) {
      int end = from;
      int lastBoth = -1;
      int c = CodePoints.at(text, end, to);
      while ((c & UPPERISH) != 0) {
        end += c >>> 8;
        if ((c & LOWERISH) != 0) {
          lastBoth = end;
        }
        c = CodePoints.at(text, end, to);
      }
      return (c & LOWERISH) != 0 ? CodePoints.skip(text, end, to, LOWERISH) : lastBoth;
    }

    /// `[upperish]+[lowerish]*`.
    private int upperWord(int from) {
      int end = CodePoints.skip(text, from, to, UPPERISH);
      return end == from ? -1 : CodePoints.skip(text, end, to, LOWERISH);
    }
  }
}

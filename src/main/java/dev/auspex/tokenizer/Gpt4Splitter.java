package dev.auspex.tokenizer;

import static dev.auspex.tokenizer.CodePoints.LETTER;
import static dev.auspex.tokenizer.CodePoints.MARK;
import static dev.auspex.tokenizer.CodePoints.NEWLINE;
import static dev.auspex.tokenizer.CodePoints.NUMBER;
import static dev.auspex.tokenizer.CodePoints.OTHER;

/// The GPT-4 family of patterns by hand: cl100k, Llama 3, Qwen and our own.
///
/// They differ in how many digits make a group and in whether combining marks belong to words.
/// [RegexSplitter] with the same pattern is the slow twin.
final class Gpt4Splitter implements Splitter {
  private final int maxDigits;
  private final int wordMask;
  private final int otherMask;

  Gpt4Splitter(int maxDigits, boolean marksInWords) {
    this.maxDigits = maxDigits;
    this.wordMask = marksInWords ? LETTER | MARK : LETTER;
    this.otherMask = marksInWords ? OTHER : OTHER | MARK;
  }

  @Override
  public Cursor cursor(byte[] text, int from, int to) {
    return new Walk(text, from, to, maxDigits, wordMask, otherMask);
  }

  private static final class Walk implements Cursor {
    private final byte[] text;
    private final int to;
    private final int maxDigits;
    private final int wordMask;
    private final int otherMask;
    private int position;

    Walk(byte[] text, int from, int to, int maxDigits, int wordMask, int otherMask) {
      this.text = text;
      this.position = from;
      this.to = to;
      this.maxDigits = maxDigits;
      this.wordMask = wordMask;
      this.otherMask = otherMask;
    }

    @Override
    public int next() {
      if (position >= to) {
        return -1;
      }
      position = end(position);
      return position;
    }

    private int end(int start) {
      int first = CodePoints.at(text, start, to);
      int after = start + (first >>> 8);
      if ((first & wordMask) != 0) {
        return CodePoints.skipWord(text, after, to, wordMask);
      }
      if ((first & NUMBER) != 0) {
        return digits(after);
      }
      if ((first & 0xFF) == 0) {
        return after; // not text
      }
      if (text[start] == '\'') {
        int end = Contractions.end(text, start, to, true);
        if (end > start) {
          return end;
        }
      }
      int second = CodePoints.at(text, after, to);
      if ((second & wordMask) != 0 && (first & NEWLINE) == 0) {
        return CodePoints.skipWord(text, after + (second >>> 8), to, wordMask);
      }
      if ((first & otherMask) != 0 || text[start] == ' ' && (second & otherMask) != 0) {
        int end = CodePoints.skip(text, after, to, otherMask);
        return CodePoints.skip(text, end, to, NEWLINE);
      }
      return Whitespace.end(text, start, to, true);
    }

    private int digits(int from) {
      int end = from;
      for (int n = 1; n < maxDigits; n++) {
        int c = CodePoints.at(text, end, to);
        if ((c & NUMBER) == 0) {
          break;
        }
        end += c >>> 8;
      }
      return end;
    }
  }
}

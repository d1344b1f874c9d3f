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
    return new Gpt4Walk(text, from, to, maxDigits, wordMask, otherMask);
  }

  private static final class Gpt4Walk extends Walk {
    private final int maxDigits;
    private final int wordMask;
    private final int otherMask;

    Gpt4Walk(byte[] text, int from, int to, int maxDigits, int wordMask, int otherMask) {
      super(text, from, to);
      this.maxDigits = maxDigits;
      this.wordMask = wordMask;
      this.otherMask = otherMask;
    }

    @Override
    int end(int start) {
      int first = CodePoints.at(text, start, to);
      int after = start + (first >>> 8);
      if ((first & wordMask) != 0) {
        return CodePoints.skipWord(text, after, to, wordMask);
      }
      if ((first & NUMBER) != 0) {
        return digits(after, maxDigits);
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
  }
}

package dev.auspex.tokenizer;

import static dev.auspex.tokenizer.CodePoints.NEWLINE;
import static dev.auspex.tokenizer.CodePoints.SPACE;

/// The last alternatives of every known pattern: `\s*[\r\n]+|\s+(?!\S)|\s+`.
final class Whitespace {
  private Whitespace() {}

  /// The end of the piece that starts with white space at `start`.
  ///
  /// @param newlinesFirst whether the pattern has `\s*[\r\n]+` (GPT-2's has not)
  static int end(byte[] text, int start, int to, boolean newlinesFirst) {
    int end = start;
    int lastStart = start;
    int afterNewline = -1;
    int c = CodePoints.at(text, end, to);
    while ((c & SPACE) != 0) {
      if (text[end] == ' ' && end + 8 <= to) {
        end += AsciiRuns.spaces(text, end);
        lastStart = end - 1;
        c = CodePoints.at(text, end, to);
        continue;
      }
      lastStart = end;
      end += c >>> 8;
      if ((c & NEWLINE) != 0) {
        afterNewline = end;
      }
      c = CodePoints.at(text, end, to);
    }
    if (newlinesFirst && afterNewline >= 0) {
      return afterNewline;
    }
    boolean textFollows = (c & 0xFF) != 0;
    return textFollows && lastStart > start ? lastStart : end;
  }
}

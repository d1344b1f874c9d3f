package dev.auspex.tokenizer;

import static dev.auspex.tokenizer.CodePoints.NUMBER;

/// A cursor that finds each piece's end from its start.
abstract class Walk implements Splitter.Cursor {
  final byte[] text;
  final int to;
  private int position;

  Walk(byte[] text, int from, int to) {
    this.text = text;
    this.position = from;
    this.to = to;
  }

  @Override
  public final int next() {
    if (position >= to) {
      return -1;
    }
    position = end(position);
    return position;
  }

  /// The end of the piece that starts at `start`, before `to`.
  abstract int end(int start);

  /// The end of a group of at most `most` digits, the first of which ends at `from`.
  final int digits(int from, int most) {
    int end = from;
    for (int n = 1; n < most; n++) {
      int c = CodePoints.at(text, end, to);
      if ((c & NUMBER) == 0) {
        break;
      }
      end += c >>> 8;
    }
    return end;
  }
}

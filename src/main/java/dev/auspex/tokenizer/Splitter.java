package dev.auspex.tokenizer;

/// Cuts bytes into pieces; merges stay inside a piece. Immutable and thread-safe.
///
/// The pieces follow each other without gaps. A byte that starts no valid UTF-8 is a piece of its
/// own, and the text before it is cut as though it ended there.
interface Splitter {
  /// Keeps everything in one piece per valid stretch of text.
  Splitter WHOLE = WholeCursor::new;

  /// A cursor over `text[from, to)`, for one thread.
  Cursor cursor(byte[] text, int from, int to);

  /// Walks over the pieces.
  interface Cursor {
    /// The end of the next piece, or -1 when there is none.
    int next();
  }

  /// The cursor of [#WHOLE].
  final class WholeCursor implements Cursor {
    private final byte[] text;
    private final int to;
    private int position;

    WholeCursor(byte[] text, int from, int to) {
      this.text = text;
      this.position = from;
      this.to = to;
    }

    @Override
    public int next() {
      if (position >= to) {
        return -1;
      }
      position = Math.max(Utf8.validEnd(text, position, to), position + 1);
      return position;
    }
  }
}

package dev.auspex.tokenizer;

/// Cuts bytes into pieces; merges stay inside a piece. Immutable and thread-safe.
///
/// The pieces follow each other without gaps. A byte that starts no valid UTF-8 is a piece of its
/// own, and the text before it is cut as though it ended there.
interface Splitter {
  /// Keeps everything in one piece per valid stretch of text.
  Splitter WHOLE = WholeWalk::new;

  /// A cursor over `text[from, to)`, for one thread.
  Cursor cursor(byte[] text, int from, int to);

  /// Walks over the pieces.
  interface Cursor {
    /// The end of the next piece, or -1 when there is none.
    int next();
  }

  /// The cursor of [#WHOLE].
  final class WholeWalk extends Walk {
    WholeWalk(byte[] text, int from, int to) {
      super(text, from, to);
    }

    @Override
    int end(int start) {
      return Math.max(Utf8.validEnd(text, start, to), start + 1);
    }
  }
}

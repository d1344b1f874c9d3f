package dev.auspex.tokenizer;

/// One splitter after the other: the second cuts each piece of the first.
record ChainSplitter(Splitter outer, Splitter inner) implements Splitter {
  @Override
  public Cursor cursor(byte[] text, int from, int to) {
    return new Walk(outer.cursor(text, from, to), inner, text, from);
  }

  private static final class Walk implements Cursor {
    private final Cursor outer;
    private final Splitter splitter;
    private final byte[] text;
    private int position;
    private Cursor inner;

    Walk(Cursor outer, Splitter splitter, byte[] text, int from) {
      this.outer = outer;
      this.splitter = splitter;
      this.text = text;
      this.position = from;
      this.inner = () -> -1;
    }

    @Override
    public int next() {
      int end = inner.next();
      while (end < 0) {
        int outerEnd = outer.next();
        if (outerEnd < 0) {
          return -1;
        }
        inner = splitter.cursor(text, position, outerEnd);
        end = inner.next();
      }
      position = end;
      return end;
    }
  }
}

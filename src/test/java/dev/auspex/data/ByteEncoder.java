package dev.auspex.data;

/// Each byte is a token, and 256 ends a document.
public final class ByteEncoder implements TokenEncoder {
  static final int END = 256;

  @Override
  public int vocabSize() {
    return 257;
  }

  @Override
  public int[] encode(byte[] text) {
    int[] ids = new int[text.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = text[i] & 0xff;
    }
    return ids;
  }

  @Override
  public int endId() {
    return END;
  }

  @Override
  public int byteLength(int id) {
    return id == END ? 0 : 1;
  }
}

package dev.auspex.tokenizer;

import java.util.Arrays;

/// Bytes as the key of a map.
record Piece(byte[] bytes) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Piece piece && Arrays.equals(bytes, piece.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return ByteAlphabet.write(bytes);
  }
}

package dev.auspex.data;

/// The part of a tokenizer that a dataset needs. Thread-safe.
public interface TokenEncoder {
  /// @param text UTF-8
  /// @return token ids
  int[] encode(byte[] text);

  /// Bytes of text that a token stands for; 0 for special tokens.
  int byteLength(int id);

  /// The token that ends a document.
  int endId();

  /// Number of token ids.
  int vocabSize();
}

package dev.auspex.data;

import java.util.Map;

/// What a dataset needs of a tokenizer: text to ids, without a word about how.
///
/// `encode` is called from several threads at once. For every text the bytes of its tokens must add
/// up to the bytes of the text, or bits per byte would be wrong; the builder checks it.
public interface TokenEncoder {
  /// One more than the highest id.
  int vocabSize();

  /// The ids of a text in UTF-8; never the end token's.
  int[] encode(byte[] text);

  /// The token that follows every document.
  int endId();

  /// How many bytes of text a token stands for; 0 for special tokens.
  int byteLength(int id);

  /// What tells this vocabulary from all others, such as the hash of its file.
  String id();

  /// Files to keep in the dataset folder, by name, such as `tokenizer.json`.
  default Map<String, byte[]> files() {
    return Map.of();
  }
}

package dev.auspex.data;

import java.nio.file.Path;
import java.util.List;

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

  /// How many bytes the tokens of every text say beyond it: a space that is put in front.
  default int addedBytes() {
    return 0;
  }

  /// Writes what must be kept beside the tokens, such as `tokenizer.json`, into `folder`.
  ///
  /// @return the names of the files written
  default List<String> saveTo(Path folder) {
    return List.of();
  }
}

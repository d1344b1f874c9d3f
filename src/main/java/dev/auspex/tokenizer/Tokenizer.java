package dev.auspex.tokenizer;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/// Text to token ids and back; implementations are immutable and thread-safe.
///
/// It does not know what the special tokens mean: chat templates and document separators are put
/// together by their callers, through [#specialId] or [#encodeWithSpecials].
public interface Tokenizer {
  /// Reads any tokenizer file or folder that is supported: what {@link BpeTokenizer#load} reads,
  /// and SentencePiece vocabularies in `tokenizer.json`.
  ///
  /// @throws TokenizerException when the file is broken or needs something that is not supported
  static Tokenizer load(Path path) {
    return TokenizerFiles.load(path);
  }

  /// Writes `tokenizer.json`, atomically; it gives the same ids in Hugging Face tokenizers.
  void save(Path path);

  /// One more than the highest id.
  int vocabSize();

  /// The ids of `text`; never a special id, whatever the text says.
  int[] encode(String text);

  /// The ids of UTF-8 text or of any other bytes; never a special id.
  int[] encode(byte[] utf8OrAnyBytes);

  /// The ids of a trusted template: names of special tokens in it become their ids.
  ///
  /// Text of users or documents must never come this way.
  int[] encodeWithSpecials(String template);

  /// The bytes the ids stand for; a special token gives the UTF-8 bytes of its name.
  byte[] decodeBytes(int[] ids);

  /// The text the ids stand for; bytes that are not text become U+FFFD.
  String decode(int[] ids);

  /// The bytes of one token (a copy).
  byte[] tokenBytes(int id);

  /// The id of a special token by its name, such as `<|end|>`.
  OptionalInt specialId(String name);

  /// Names and ids of the special tokens, in the order of their ids.
  Map<String, Integer> specials();

  /// Whether `id` is a special token's.
  boolean isSpecial(int id);
}

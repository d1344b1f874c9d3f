package dev.auspex.tokenizer;

import java.util.Map;
import java.util.Optional;

/// The split patterns known by name, and the splitter for any pattern.
public final class SplitPattern {
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String WHITE_SPACE = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String WORD_START = "[^\\r\\n\\p{L}\\p{N}]?";

  /// Ours: GPT-4's, but combining marks belong to words (as Indic scripts, Arabic and Hebrew need)
  /// and digits come in groups of at most two.
  public static final String AUSPEX =
      CONTRACTIONS
          + "|[^\\r\\n\\p{L}\\p{M}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}{1,2}"
          + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|"
          + WHITE_SPACE;

  /// GPT-2's, which is also what a ByteLevel pre-tokenizer uses.
  public static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /// GPT-4's, which is also Llama 3's.
  public static final String CL100K = gpt4("\\p{N}{1,3}");

  /// Qwen 2's and 3's: each digit alone.
  static final String QWEN2 = gpt4("\\p{N}");

  /// GPT-4o's.
  public static final String O200K =
      WORD_START
          + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + CONTRACTIONS
          + "?|"
          + WORD_START
          + "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + CONTRACTIONS
          + "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|"
          + WHITE_SPACE;

  private static final Map<String, String> BY_NAME =
      Map.of(
          "auspex", AUSPEX, "gpt2", GPT2, "r50k", GPT2, "p50k", GPT2, "cl100k", CL100K, "o200k",
          O200K);

  private static final Map<String, Splitter> BY_HAND =
      Map.of(
          AUSPEX,
          new Gpt4Splitter(2, true),
          GPT2,
          new Gpt2Splitter(),
          CL100K,
          new Gpt4Splitter(3, false),
          gpt4("\\p{N}{1,2}"),
          new Gpt4Splitter(2, false),
          QWEN2,
          new Gpt4Splitter(1, false),
          O200K,
          new O200kSplitter());

  private SplitPattern() {}

  /// The pattern called `name` (`auspex gpt2 r50k p50k cl100k o200k`, also with `_base`).
  public static Optional<String> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name.replaceFirst("_base$", "")));
  }

  /// The hand-written splitter of `pattern` where there is one, else a regular expression.
  static Splitter splitter(String pattern) {
    Splitter fast = BY_HAND.get(pattern);
    return fast == null ? new RegexSplitter(pattern) : fast;
  }

  private static String gpt4(String digits) {
    return CONTRACTIONS
        + "|"
        + WORD_START
        + "\\p{L}+|"
        + digits
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
        + WHITE_SPACE;
  }
}

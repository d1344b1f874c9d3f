package dev.auspex.tokenizer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// What vocabulary to train.
///
/// @param vocabSize number of ids, special tokens and bytes included
/// @param pattern how text is cut into pieces
/// @param specials names of the special tokens; they take the first ids
/// @param threads threads that count; the result does not depend on it
/// @param maxDistinctPieces above this many distinct pieces the rarest are forgotten, which bounds
///     memory (about 100 bytes each)
public record BpeTrainerConfig(
    int vocabSize, String pattern, List<String> specials, int threads, int maxDistinctPieces) {
  /// Checks all values.
  public BpeTrainerConfig {
    specials = List.copyOf(specials);
    int least = specials.size() + 256;
    require(
        vocabSize >= least && vocabSize <= 1 << 24,
        "vocab_size (%d) must be from %d (%d special tokens and 256 bytes) to %d; 4096 suits a"
                .formatted(vocabSize, least, specials.size(), 1 << 24)
            + " small model, 32768 or more a large one");
    require(threads >= 1, "threads (%d) must be at least 1".formatted(threads));
    require(
        maxDistinctPieces >= 1000,
        "max_distinct_pieces (%d) must be at least 1000; 2000000 takes about 200 MB"
            .formatted(maxDistinctPieces));
    require(
        new HashSet<>(specials).size() == specials.size() && !specials.contains(""),
        "specials (%s) must be different and not empty".formatted(specials));
  }

  /// Our pattern and special tokens, all processors, two million distinct pieces.
  public static BpeTrainerConfig of(int vocabSize) {
    return new BpeTrainerConfig(
        vocabSize,
        SplitPattern.AUSPEX,
        SpecialTokens.ALL,
        Runtime.getRuntime().availableProcessors(),
        2_000_000);
  }

  /// The same with another number of threads.
  public BpeTrainerConfig withThreads(int number) {
    return new BpeTrainerConfig(vocabSize, pattern, specials, number, maxDistinctPieces);
  }

  /// The same with more special tokens behind the others.
  public BpeTrainerConfig withSpecials(List<String> more) {
    List<String> all = new ArrayList<>(specials);
    all.addAll(more);
    return new BpeTrainerConfig(vocabSize, pattern, all, threads, maxDistinctPieces);
  }

  /// The same with another split pattern.
  ///
  /// @param nameOrRegex a name such as `cl100k`, or a regular expression
  public BpeTrainerConfig withPattern(String nameOrRegex) {
    String regex = SplitPattern.named(nameOrRegex).orElse(nameOrRegex);
    return new BpeTrainerConfig(vocabSize, regex, specials, threads, maxDistinctPieces);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new TokenizerException(message);
    }
  }
}

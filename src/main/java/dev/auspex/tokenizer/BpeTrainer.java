package dev.auspex.tokenizer;

import dev.auspex.io.Progress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// Trains a byte-level BPE vocabulary. The same documents in the same order give the same bytes,
/// whatever the number of threads.
///
/// Ids: special tokens, the 256 bytes, merges in the order they were learnt. Counting uses all
/// threads; merging, which is a small part of the time, uses one.
public final class BpeTrainer {
  private BpeTrainer() {}

  /// What came out.
  ///
  /// @param tokenizer ready for use
  /// @param bytes bytes of all documents
  /// @param distinctPieces distinct pieces of two bytes or more that were learnt from
  /// @param bytesPerToken of the text learnt from (without pieces forgotten for memory's sake)
  public record Result(
      BpeTokenizer tokenizer, long bytes, int distinctPieces, double bytesPerToken) {}

  /// Trains on `documents`, which is read once.
  ///
  /// The vocabulary has exactly the size asked for, unless the text runs out of pairs; then a
  /// warning says so.
  public static Result train(
      Iterator<byte[]> documents, BpeTrainerConfig config, Progress progress) {
    PreTokenizer.Split split = new PreTokenizer.Split(config.pattern());
    PieceCounter counter =
        new PieceCounter(split.splitter(), config.threads(), config.maxDistinctPieces());
    PieceCounts pieces = counter.count(documents, progress);
    MergeLearner learner = new MergeLearner(config.specials(), pieces);
    learner.learn(config.vocabSize(), progress);
    byte[][] tokens = learner.tokens();
    if (tokens.length < config.vocabSize()) {
      progress.warn(
          "vocab_size (%d) could not be reached: the text has pairs for %d only; give more text"
              .formatted(config.vocabSize(), tokens.length));
    }
    List<AddedToken> specials = new ArrayList<>();
    for (String name : config.specials()) {
      specials.add(new AddedToken(name, specials.size(), true, false));
    }
    Vocabulary vocabulary =
        new Vocabulary(tokens, learner.merges(), false, specials, List.of(split), false, false);
    double bytesPerToken =
        (double) pieces.textBytes() / Math.max(1, learner.textTokens() + pieces.singles());
    return new Result(new BpeTokenizer(vocabulary), counter.bytes(), pieces.size(), bytesPerToken);
  }
}

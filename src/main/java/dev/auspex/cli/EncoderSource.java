package dev.auspex.cli;

import dev.auspex.data.Corpus;
import dev.auspex.data.TokenEncoder;
import dev.auspex.io.Progress;
import java.nio.file.Path;
import java.util.Optional;

/// Where `auspex data build` takes its vocabulary from: the file that was named, else one trained
// on
/// the corpus.
@FunctionalInterface
interface EncoderSource {
  /// An encoder for `corpus`.
  ///
  /// @param tokenizer the file, when one was named
  /// @param vocabSize size of a vocabulary to train, when none was
  TokenEncoder encoder(Corpus corpus, Optional<Path> tokenizer, int vocabSize, Progress progress);
}

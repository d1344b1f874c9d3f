package dev.auspex.cli;

import dev.auspex.data.Corpus;
import dev.auspex.data.TokenEncoder;
import dev.auspex.io.Progress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where `auspex data build` takes its vocabulary from: the file that was named, else one trained
/// on the corpus.
@FunctionalInterface
interface EncoderSource {
  /// Which vocabulary is wanted.
  ///
  /// @param file the file, when one was named; the rest is then ignored
  /// @param size of one to train
  /// @param trainingBytes of text to train it on at most
  record Vocabulary(@Nullable Path file, int size, long trainingBytes) {}

  /// An encoder for `corpus`.
  TokenEncoder encoder(Corpus corpus, Vocabulary wanted, Progress progress);
}

package dev.auspex.cli;

import dev.auspex.data.Corpus;
import dev.auspex.data.DatasetBuilder;
import dev.auspex.data.ReadOptions;
import dev.auspex.data.Source;
import dev.auspex.data.SplitOptions;
import dev.auspex.data.TokenDataset;
import dev.auspex.data.TokenEncoder;
import dev.auspex.io.Progress;
import dev.auspex.run.RunFolder;
import dev.auspex.tokenizer.BpeTrainer;
import dev.auspex.tokenizer.BpeTrainerConfig;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.train.BaseConfig;
import dev.auspex.train.TextConfig;
import dev.auspex.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// From text to a dataset: trains a vocabulary on the training documents and encodes everything.
final class TextData {
  private TextData() {}

  /// The dataset a run is to use: the one named, or one in the run's folder, made when missing.
  static Path datasetFor(TrainConfig config, RunFolder folder, Progress progress) {
    Path given = Path.of(config.data());
    BaseConfig base = config.base();
    if (TokenDataset.isDataset(given)) {
      if (base != null) {
        InitialModel.requireVocabulary(base, given);
      }
      return given;
    }
    Path out = folder.root().resolve("data");
    if (TokenDataset.isDataset(out)) {
      return out;
    }
    TextConfig text = config.text();
    ReadOptions read =
        ReadOptions.STANDARD
            .withInclude(text.include())
            .withStripLicenceHeaders(text.stripLicenceHeaders());
    long maxBytes = text.maxBytes() == 0 ? Long.MAX_VALUE : text.maxBytes();
    SplitOptions split = new SplitOptions(text.heldout(), SplitOptions.HeldoutBy.HASH, maxBytes);
    Corpus corpus = Corpus.scan(Source.of(List.of(given), List.of()), read, split, progress);
    EncoderSource.Vocabulary trained =
        new EncoderSource.Vocabulary(null, config.model().vocabSize(), text.tokenizerBytes());
    TokenEncoder encoder =
        base == null ? encoder(corpus, trained, progress) : InitialModel.encoder(base);
    DatasetBuilder.build(
        corpus, encoder, Runtime.getRuntime().availableProcessors(), out, progress);
    return out;
  }

  /// The vocabulary of the named file, or one trained on the corpus.
  static TokenEncoder encoder(Corpus corpus, EncoderSource.Vocabulary wanted, Progress progress) {
    Path file = wanted.file();
    if (file != null) {
      return new TokenizerEncoder(Tokenizer.load(file));
    }
    try (Stream<byte[]> texts = corpus.trainTexts(wanted.trainingBytes())) {
      BpeTrainerConfig config = BpeTrainerConfig.of(wanted.size());
      return new TokenizerEncoder(BpeTrainer.train(texts.iterator(), config, progress).tokenizer());
    }
  }
}

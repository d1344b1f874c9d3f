package dev.auspex.cli;

import dev.auspex.data.Corpus;
import dev.auspex.data.DatasetBuilder;
import dev.auspex.data.DatasetSummary;
import dev.auspex.data.ReadOptions;
import dev.auspex.data.TokenDataset;
import dev.auspex.data.TokenEncoder;
import dev.auspex.io.Progress;
import dev.auspex.run.RunFolder;
import dev.auspex.tokenizer.BpeTokenizer;
import dev.auspex.tokenizer.BpeTrainer;
import dev.auspex.tokenizer.BpeTrainerConfig;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.train.TextConfig;
import dev.auspex.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// From text to a dataset: trains a vocabulary on the training documents and encodes everything.
final class TextData {
  private static final int MAX_DOCUMENT_BYTES = 16 << 20;

  private TextData() {}

  /// The dataset a run is to use: the one named, or a new one in the run's folder.
  static Path datasetFor(TrainConfig config, RunFolder folder, Progress progress) {
    Path given = Path.of(config.data());
    if (TokenDataset.isDataset(given)) {
      return given;
    }
    TextConfig text = config.text();
    ReadOptions options =
        new ReadOptions(text.include(), text.stripLicenceHeaders(), "text", MAX_DOCUMENT_BYTES);
    Corpus corpus =
        new Corpus(List.of(given), options, "NOASSERTION", text.heldout(), text.maxBytes());
    Path out = folder.root().resolve("data");
    build(corpus, null, config.model().vocabSize(), text.tokenizerBytes(), out, progress);
    return out;
  }

  /// Builds a dataset folder, with the given tokenizer or one trained for it.
  static DatasetSummary build(
      Corpus corpus,
      @Nullable Path tokenizerFile,
      int vocabSize,
      long tokenizerBytes,
      Path out,
      Progress progress) {
    Path file = tokenizerFile;
    if (file == null) {
      BpeTokenizer trained =
          BpeTrainer.train(
                  corpus.trainingText(tokenizerBytes), BpeTrainerConfig.of(vocabSize), progress)
              .tokenizer();
      file = out.toAbsolutePath().resolveSibling("." + out.getFileName() + "-tokenizer.json");
      trained.save(file);
    }
    try {
      return DatasetBuilder.build(corpus, encoder(BpeTokenizer.load(file)), file, out, progress);
    } finally {
      if (tokenizerFile == null) {
        dev.auspex.io.AtomicFiles.deleteTree(file);
      }
    }
  }

  private static TokenEncoder encoder(Tokenizer tokenizer) {
    int end =
        tokenizer
            .specialId("<|end|>")
            .orElseGet(() -> tokenizer.specialId("<|endoftext|>").orElse(0));
    return new TokenEncoder() {
      @Override
      public int[] encode(byte[] text) {
        return tokenizer.encode(text);
      }

      @Override
      public int byteLength(int id) {
        return tokenizer.isSpecial(id) ? 0 : tokenizer.tokenBytes(id).length;
      }

      @Override
      public int endId() {
        return end;
      }

      @Override
      public int vocabSize() {
        return tokenizer.vocabSize();
      }
    };
  }
}

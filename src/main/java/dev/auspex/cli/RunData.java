package dev.auspex.cli;

import dev.auspex.data.TokenDataset;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDataset;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.data.pictures.PictureEncoder;
import dev.auspex.io.Progress;
import dev.auspex.model.VisionConfig;
import dev.auspex.run.RunFolder;
import dev.auspex.tokenizer.BpeTrainer;
import dev.auspex.tokenizer.BpeTrainerConfig;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.train.PictureTraining;
import dev.auspex.train.TextTraining;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainingData;
import dev.auspex.vision.PictureForm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/// The opened data of a run: windows of text, or documents with pictures.
///
/// @param training what the loop reads
/// @param sha256 what tells the data from all others
/// @param closing frees what it holds
record RunData(TrainingData training, String sha256, Runnable closing) implements AutoCloseable {
  /// Where a run's data lies: a dataset, made in `folder` when what is named is text; documents
  /// with pictures stay where they are.
  static Path dataset(TrainConfig config, RunFolder folder, Progress progress) {
    return config.vision() == null
        ? TextData.datasetFor(config, folder, progress)
        : Path.of(config.data());
  }

  /// Opens what `config.yaml` names.
  static RunData open(TrainConfig config, RunFolder folder, Progress progress) {
    VisionConfig vision = config.vision();
    if (vision == null) {
      TokenDataset data = TokenDataset.open(Path.of(config.data()));
      return new RunData(new TextTraining(config, data), data.sha256(), data::close);
    }
    PictureEncoder encoder =
        config.base() == null
            ? Prompts.encoder(Tokenizer.load(folder.tokenizer()), vision)
            : InitialModel.pictureEncoder(config.base());
    PictureDataset data =
        new PictureDataset(split(config), encoder, vision, config.model(), progress);
    return new RunData(new PictureTraining(config, data), data.sha256(), () -> {});
  }

  private static PictureDataset.Split split(TrainConfig config) {
    return PictureDataset.Split.read(Path.of(config.data()), config.text().heldout());
  }

  /// A vocabulary trained on the text of the training documents of a run on pictures.
  static Tokenizer vocabulary(TrainConfig config, Progress progress) {
    List<PictureDocument> documents = split(config).train();
    Iterator<byte[]> texts =
        documents.stream()
            .flatMap(document -> document.messages().stream())
            .map(Message::text)
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .iterator();
    List<String> marks = PictureForm.tokens(config.vision().maxSide());
    return BpeTrainer.train(
            texts, BpeTrainerConfig.of(config.model().vocabSize()).withSpecials(marks), progress)
        .tokenizer();
  }

  @Override
  public void close() {
    closing.run();
  }
}

package dev.auspex.train;

import dev.auspex.data.pictures.PictureBatch;
import dev.auspex.data.pictures.PictureDataset;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.List;

/// Training on documents of text and pictures, one document a sequence; only text is predicted, in
/// conversations only the assistant's.
public final class PictureTraining implements TrainingData {
  private static final int DOCUMENTS_AT_ONCE = 32;

  private final PictureDataset data;
  private final long seed;

  /// Trains in the order of the run's seed.
  public PictureTraining(TrainConfig config, PictureDataset data) {
    this.data = data;
    this.seed = config.seed();
  }

  @Override
  public Sequences sequences(long first, int count) {
    return tensors(data.train(seed, first, count));
  }

  private static Sequences tensors(PictureBatch batch) {
    return new Sequences(
        Tensor.of(batch.inputs(), batch.batchSize(), batch.seqLen()),
        Tensor.of(batch.targets(), batch.batchSize(), batch.seqLen()),
        batch.squares() == 0
            ? null
            : Tensor.of(
                batch.patches(),
                batch.squares(),
                batch.patchesPerSquare(),
                batch.patches().length / batch.squares() / batch.patchesPerSquare()));
  }

  @Override
  public String where(long sequence) {
    return data.where(seed, sequence);
  }

  @Override
  public HeldoutLoss.Measured heldout(Gpt model, int most) {
    int count = most == 0 ? data.heldoutCount() : Math.min(most, data.heldoutCount());
    double nats = 0;
    long tokens = 0;
    long bytes = 0;
    try (Torch.NoGrad _ = Torch.noGrad()) {
      for (int at = 0; at < count; at += DOCUMENTS_AT_ONCE) {
        List<Integer> documents = new ArrayList<>();
        for (int i = at; i < Math.min(count, at + DOCUMENTS_AT_ONCE); i++) {
          documents.add((int) ((long) i * data.heldoutCount() / count)); // evenly spread
        }
        PictureBatch batch = data.heldout(documents);
        try (TensorScope _ = TensorScope.open()) {
          Sequences sequences = tensors(batch);
          Tensor seen = sequences.seenBy(model);
          nats += model.summedLoss(sequences.inputs(), seen, sequences.targets()).item();
        }
        tokens += batch.learned();
        bytes += batch.learnedBytes();
      }
    }
    return new HeldoutLoss.Measured(nats / tokens, nats / Math.log(2) / bytes, tokens);
  }
}

package dev.auspex.train;

import dev.auspex.data.Batch;
import dev.auspex.data.BatchSource;
import dev.auspex.data.TokenDataset;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.Tensor;

/// Training on windows of text.
public final class TextTraining implements TrainingData {
  private final TokenDataset data;
  private final int seqLen;
  private final BatchSource batches;

  /// @param data stays open as long as this is used
  public TextTraining(TrainConfig config, TokenDataset data) {
    this.data = data;
    this.seqLen = config.model().contextLength();
    this.batches = data.train(config.seed(), seqLen);
  }

  @Override
  public Sequences sequences(long first, int count) {
    Batch batch = batches.batch(first, count);
    return new Sequences(inputs(batch), targets(batch), null);
  }

  private static Tensor inputs(Batch batch) {
    return Tensor.of(batch.tokens(), batch.batchSize(), batch.seqLen() + 1)
        .narrow(1, 0, batch.seqLen());
  }

  private static Tensor targets(Batch batch) {
    return Tensor.of(batch.tokens(), batch.batchSize(), batch.seqLen() + 1)
        .narrow(1, 1, batch.seqLen())
        .contiguous();
  }

  @Override
  public String where(long sequence) {
    return batches.where(sequence);
  }

  @Override
  public HeldoutLoss.Measured heldout(Gpt model, int most) {
    return HeldoutLoss.of(model, data, seqLen, most);
  }
}

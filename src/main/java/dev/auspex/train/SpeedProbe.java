package dev.auspex.train;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Initializer;
import dev.auspex.model.Parameter;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Finds out how fast a configuration trains here, on a model that is thrown away.
public final class SpeedProbe {
  private static final double SECONDS = 4;
  private static final int MIN_STEPS = 4;
  private static final int WARM_UP = 3;

  private SpeedProbe() {}

  /// Tokens per second after the first steps have warmed caches up.
  public static double tokensPerSecond(TrainConfig config, TrainingData data) {
    Checkpoints none = new Checkpoints(Path.of("no-checkpoints"), 1);
    try (Trainer trainer =
        new Trainer(config, data, none, Collective.alone(), new Deaf(), Progress.NONE)) {
      trainer.step();
      trainer.step();
      long start = System.nanoTime();
      int steps = 0;
      double elapsed = 0;
      while (steps < MIN_STEPS || elapsed < SECONDS) {
        trainer.step();
        steps++;
        elapsed = (System.nanoTime() - start) / 1e9;
      }
      return steps * config.batchTokens() / elapsed;
    }
  }

  /// Speed and losses of a probe.
  ///
  /// @param tokensPerSecond from the median step
  /// @param firstLoss nats per token before the first update
  /// @param lastLoss of the last step
  public record Rate(double tokensPerSecond, double firstLoss, double lastLoss) {}

  /// AdamW steps in BF16 on one random batch, for benchmarks: no dataset is needed.
  public static Rate adamW(GptConfig shape, int batchSize, int steps) {
    int seqLen = shape.contextLength();
    int[] ids =
        new SplittableRandom(1)
            .ints((long) batchSize * (seqLen + 1), 0, shape.vocabSize())
            .toArray();
    double[] seconds = new double[steps];
    double first = Double.NaN;
    double last = Double.NaN;
    try (Gpt model = new Gpt(shape, DType.BF16, Initializer.draw(shape, 1))) {
      Optimizers optimizers =
          new Optimizers(new OptimizerConfig.Adamw(1e-3, 0.9, 0.95, 1e-8, 0.1), model);
      List<Tensor> leaves = model.parameters().stream().map(Parameter::value).toList();
      for (int i = -WARM_UP; i < steps; i++) {
        long start = System.nanoTime();
        last = step(model, optimizers, leaves, Tensor.of(ids, batchSize, seqLen + 1L));
        first = i == -WARM_UP ? last : first;
        if (i >= 0) {
          seconds[i] = (System.nanoTime() - start) / 1e9;
        }
      }
      optimizers.state().values().forEach(Tensor::free);
    }
    Arrays.sort(seconds);
    return new Rate((double) batchSize * seqLen / seconds[steps / 2], first, last);
  }

  private static double step(Gpt model, Optimizers optimizers, List<Tensor> leaves, Tensor tokens) {
    try (TensorScope _ = TensorScope.open()) {
      long seqLen = tokens.size(1) - 1;
      Tensor loss =
          model.loss(tokens.narrow(1, 0, seqLen), tokens.narrow(1, 1, seqLen).contiguous());
      loss.backward();
      try (Torch.NoGrad _ = Torch.noGrad()) {
        List<Tensor> grads = leaves.stream().map(Tensor::grad).toList();
        double norm = Math.sqrt(Arrays.stream(Fused.norms(grads)).map(x -> x * x).sum());
        Fused.multiplyInPlace(grads, Math.min(1, 1 / norm));
        optimizers.step(1);
        leaves.forEach(Tensor::clearGrad);
      }
      return loss.item();
    }
  }

  private static final class Deaf implements TrainListener {
    @Override
    public void step(StepMetrics metrics) {}

    @Override
    public void evaluated(EvalMetrics metrics) {}

    @Override
    public boolean stopRequested() {
      return false;
    }
  }
}

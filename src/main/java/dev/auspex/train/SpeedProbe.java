package dev.auspex.train;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.Parameter;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Finds out how fast a configuration trains here, on a model that is thrown away.
public final class SpeedProbe {
  private static final int MIN_STEPS = 6;

  private SpeedProbe() {}

  /// Tokens per second of the median step in the later half of a probe: in the first seconds Java
  /// code still runs uncompiled.
  ///
  /// @param seconds how long the probe lasts, if its fewest steps are done by then
  public static double tokensPerSecond(TrainConfig config, TrainingData data, double seconds) {
    Checkpoints none = new Checkpoints(Path.of("no-checkpoints"), 1);
    try (Trainer trainer =
        new Trainer(config, data, none, Collective.alone(), new Deaf(), Progress.NONE)) {
      List<Double> steps = new ArrayList<>();
      double elapsed = 0;
      while (steps.size() < MIN_STEPS || elapsed < seconds) {
        long start = System.nanoTime();
        trainer.step();
        steps.add((System.nanoTime() - start) / 1e9);
        elapsed += steps.getLast();
      }
      return config.batchTokens() / median(steps.subList(steps.size() / 2, steps.size()));
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /// Speed and losses of a probe.
  ///
  /// @param tokensPerSecond from the median step
  /// @param losses nats per token of every step, from the first
  public record Rate(double tokensPerSecond, List<Double> losses) {}

  /// Trains `model` on one batch again and again, for benchmarks: no dataset is needed.
  ///
  /// @param ids `batchSize * contextLength + 1` tokens that follow one another
  /// @param clip largest gradient norm
  /// @param warmUp steps left out of the median
  public static Rate repeat(
      Gpt model, OptimizerConfig optimizer, int[] ids, double clip, int steps, int warmUp) {
    int size = ids.length - 1;
    long seqLen = Math.min(model.config().contextLength(), size);
    List<Double> seconds = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    Optimizers optimizers = new Optimizers(optimizer, model);
    List<Tensor> leaves = model.parameters().stream().map(Parameter::value).toList();
    for (int i = 0; i < steps; i++) {
      long start = System.nanoTime();
      try (TensorScope _ = TensorScope.open()) {
        Tensor inputs = Tensor.of(Arrays.copyOf(ids, size), size / seqLen, seqLen);
        Tensor targets = Tensor.of(Arrays.copyOfRange(ids, 1, size + 1), size / seqLen, seqLen);
        losses.add(model.loss(inputs, targets, new Gpt.Backward(1, false)));
        update(optimizers, leaves, clip);
      }
      seconds.add((System.nanoTime() - start) / 1e9);
    }
    optimizers.state().values().forEach(Tensor::free);
    return new Rate(size / median(seconds.subList(warmUp, steps)), losses);
  }

  private static void update(Optimizers optimizers, List<Tensor> leaves, double clip) {
    try (Torch.NoGrad _ = Torch.noGrad()) {
      List<Tensor> grads = leaves.stream().map(Tensor::grad).toList();
      double norm = Math.sqrt(Arrays.stream(GradNorms.of(grads)).map(x -> x * x).sum());
      optimizers.step(1, norm > clip ? clip / norm : 1);
      leaves.forEach(Tensor::clearGrad);
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

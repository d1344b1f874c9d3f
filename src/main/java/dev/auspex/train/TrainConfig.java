package dev.auspex.train;

import dev.auspex.config.ConfigException;
import dev.auspex.interchange.Family;
import dev.auspex.interchange.PeftModules;
import dev.auspex.model.GptConfig;
import dev.auspex.model.VisionConfig;
import dev.auspex.optim.LrSchedule;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.tensor.DType;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Everything that decides a pre-training run; the same record in, the same weights out.
///
/// @param data a dataset folder, or text to make one of
/// @param text how text is read
/// @param seed order of the data and starting values
/// @param dtype type of activations, `bf16` or `fp32`; parameters are always FP32
/// @param threads threads of one tensor operation; 0 for all processors
/// @param model shape of the decoder
/// @param optimizer optimiser and peak rates at the base width
/// @param schedule learning rate over the run
/// @param steps optimiser steps
/// @param batchSize sequences in one step
/// @param microBatchSize sequences in one pass; divides `batchSize`
/// @param recomputeActivations whether activations are computed twice to save memory
/// @param gradClip largest joint gradient norm; 0 for no limit
/// @param eval held-out measurements
/// @param checkpoint checkpoints
/// @param spikes steps to leave out
/// @param parallel how workers work together
/// @param vision shape of the image encoder; absent where the data is text
/// @param lookback tokens back, 1 to this, that heads of the first layer attend to from the first
///     step on (docs/adr/0012); absent for heads drawn at random
/// @param init folder or file of the model to start from, which then decides the shape; absent for
///     values drawn from the seed
/// @param lora what is trained beside the weights of `init`, which stay; absent where they change
/// @param base what the run notes of `init`
public record TrainConfig(
    String data,
    TextConfig text,
    long seed,
    String dtype,
    int threads,
    GptConfig model,
    OptimizerConfig optimizer,
    LrSchedule schedule,
    long steps,
    int batchSize,
    int microBatchSize,
    boolean recomputeActivations,
    double gradClip,
    EvalConfig eval,
    CheckpointConfig checkpoint,
    SpikeConfig spikes,
    ParallelConfig parallel,
    @Nullable VisionConfig vision,
    @Nullable Integer lookback,
    @Nullable String init,
    @Nullable LoraConfig lora,
    @Nullable BaseConfig base) {
  public TrainConfig {
    if ((init == null) != (base == null) || init == null && lora != null) {
      throw new ConfigException(
          "init ("
              + (init == null ? "" : init)
              + ") must name the model to start from; give --init");
    }
    if (lookback != null && lookback < 1) {
      throw new ConfigException(
          "lookback (" + lookback + ") must be at least 1; leave out for none");
    }
    if (lookback != null && !(optimizer instanceof OptimizerConfig.Muon)) {
      throw new ConfigException(
          "lookback (%d) must go with optimizer.type muon, for with adamw it costs a quarter of the loss; leave it out (null)"
              .formatted(lookback));
    }
    if (lookback != null && init != null) {
      throw new ConfigException(
          "lookback (" + lookback + ") must be left out with init, whose values are kept");
    }
    if (!dtype.equals("bf16") && !dtype.equals("fp32")) {
      throw new ConfigException("dtype (" + dtype + ") must be one of bf16, fp32");
    }
    if (threads < 0) {
      throw new ConfigException("threads (" + threads + ") must be 0 (all processors) or more");
    }
    if (steps < 1) {
      throw new ConfigException("steps (" + steps + ") must be at least 1");
    }
    if (batchSize < 1 || microBatchSize < 1 || batchSize % microBatchSize != 0) {
      throw new ConfigException(
          "batch_size (%d) must be divisible by micro_batch_size (%d)"
              .formatted(batchSize, microBatchSize));
    }
    if (!(gradClip >= 0)) {
      throw new ConfigException("grad_clip (" + gradClip + ") must be 0 (off) or more; usual: 1");
    }
  }

  /// The same run on another dataset.
  public TrainConfig withData(String folder) {
    return with(copy -> copy.data = folder);
  }

  /// The same run on another number of threads.
  public TrainConfig withThreads(int count) {
    return with(copy -> copy.threads = count);
  }

  /// The same run of another model.
  public TrainConfig withModel(GptConfig other) {
    return with(copy -> copy.model = other);
  }

  /// The same run with another optimiser.
  public TrainConfig withOptimizer(OptimizerConfig other) {
    return with(copy -> copy.optimizer = other);
  }

  /// The same run with another length.
  public TrainConfig withSteps(long count) {
    return with(copy -> copy.steps = count);
  }

  /// The same run with another length and schedule.
  public TrainConfig withLength(long count, LrSchedule other) {
    return with(
        copy -> {
          copy.steps = count;
          copy.schedule = other;
        });
  }

  /// The same run in other portions of memory.
  public TrainConfig withMemory(int newMicroBatchSize, boolean recompute) {
    return with(
        copy -> {
          copy.microBatchSize = newMicroBatchSize;
          copy.recomputeActivations = recompute;
        });
  }

  /// The same run from another copy of its first model.
  public TrainConfig withBase(BaseConfig other) {
    return with(copy -> copy.base = other);
  }

  private TrainConfig with(Consumer<Copy> change) {
    Copy copy = new Copy();
    change.accept(copy);
    return copy.config();
  }

  /// What a copy may change.
  private final class Copy {
    private String data = TrainConfig.this.data;
    private int threads = TrainConfig.this.threads;
    private GptConfig model = TrainConfig.this.model;
    private OptimizerConfig optimizer = TrainConfig.this.optimizer;
    private LrSchedule schedule = TrainConfig.this.schedule;
    private long steps = TrainConfig.this.steps;
    private int microBatchSize = TrainConfig.this.microBatchSize;
    private boolean recomputeActivations = TrainConfig.this.recomputeActivations;
    private @Nullable BaseConfig base = TrainConfig.this.base;

    TrainConfig config() {
      return new TrainConfig(
          data,
          text,
          seed,
          dtype,
          threads,
          model,
          optimizer,
          schedule,
          steps,
          batchSize,
          microBatchSize,
          recomputeActivations,
          gradClip,
          eval,
          checkpoint,
          spikes,
          parallel,
          vision,
          lookback,
          init,
          lora,
          base);
    }
  }

  /// Type of activations.
  public DType compute() {
    return dtype.equals("bf16") ? DType.BF16 : DType.FP32;
  }

  /// Micro-batches of one step, which workers share out.
  public int lanes() {
    return batchSize / microBatchSize;
  }

  /// Throws where some of `workers` would have nothing to do.
  public void requireLanesFor(int workers) {
    if (lanes() < workers) {
      throw new ConfigException(
          "workers (%d) must be at most the micro-batches of a step, batch_size / micro_batch_size (%d)"
              .formatted(workers, lanes()));
    }
  }

  /// Tokens of one step.
  public long batchTokens() {
    return (long) batchSize * model.contextLength();
  }

  /// Tokens of the whole run.
  public long tokens() {
    return steps * batchTokens();
  }

  /// All numbers of the model, with those that LoRA adds.
  public long numParams() {
    if (base != null) {
      return base.parameters() + addedParams();
    }
    return model.numParams() + (vision == null ? 0 : vision.numParams(model.dim()));
  }

  /// All numbers that training changes.
  public long numTrained() {
    return lora == null ? numParams() : addedParams();
  }

  private long addedParams() {
    return lora == null || base == null
        ? 0
        : PeftModules.chosen(base.family(), model, lora.targetModules()).stream()
            .mapToLong(module -> lora.rank() * (module.in() + module.out()))
            .sum();
  }

  /// FLOPs to train on one token, as {@link GptConfig#flopsPerToken} counts them. Weights that stay
  /// need no gradient, two of the six FLOPs that each takes.
  public long flopsPerToken() {
    long table = (long) model.vocabSize() * model.dim();
    long weights = model.matrixParams() + (model.tieEmbeddings() ? table : 0);
    long flops = model.flopsPerToken();
    if (base != null && base.family() == Family.GPT2) {
      long gates = (long) model.numLayers() * model.dim() * model.ffnDim(); // it has none
      weights -= gates;
      flops -= 6 * gates;
    }
    return lora == null ? flops : flops - 2 * weights + 6 * addedParams();
  }

  /// FLOPs of one step, as {@link #flopsPerToken} counts them; with images, one square a sequence.
  public double flopsPerStep() {
    double images = vision == null ? 0 : (double) batchSize * vision.flopsPerSquare(model.dim());
    images = lora == null ? images : images / 3; // the encoder stays: no backward pass
    return (double) batchTokens() * flopsPerToken() + images;
  }

  /// FLOPs of the whole run.
  public double flops() {
    return steps * flopsPerStep();
  }
}

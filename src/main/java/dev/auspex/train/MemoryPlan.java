package dev.auspex.train;

import dev.auspex.config.ConfigException;
import dev.auspex.model.GptConfig;
import dev.auspex.optim.OptimizerConfig;

/// How much memory a run takes, from its configuration alone, and the portions that fit a limit.
///
/// The count follows what the operations keep for the backward pass. It is meant to be an upper
/// end: measured peaks were 64% to 95% of it (docs/log.md).
public final class MemoryPlan {
  /// JVM, libtorch's code and kernels, buffers of files.
  private static final long PROCESS_BYTES = 400L << 20;

  /// What allocators lose between tensors of changing sizes.
  private static final double SLACK = 1.25;

  /// Bytes of a trained number beside its value, state and gradients: folded weights in BF16, kept
  /// over a step's micro-batches, and what the optimizer and checkpoints make on the way. With 6
  /// a run of 21 M numbers took 10% more than estimated.
  private static final double STEP_BYTES = 14;

  /// Logits of a chunk, overwritten by their gradient, and the few whose probabilities are computed
  /// (see `NextTokenLoss`).
  private static final long HEAD_CHUNK_BYTES = 5L << 24;

  /// Below this many tokens a pass is slow enough that computing twice is the better bargain.
  private static final int FEWEST_TOKENS = 512;

  private MemoryPlan() {}

  /// Peak bytes of one worker of the run.
  public static long bytes(TrainConfig config, int workers) {
    GptConfig model = config.model();
    double trained = config.numTrained();
    double frozen = config.numParams() - trained;
    int lanes = config.lanes();
    int pieces = 32 - Integer.numberOfLeadingZeros(Math.max(1, lanes / workers));
    double state = config.optimizer() instanceof OptimizerConfig.Adamw ? 8 : 5;
    double fixed =
        trained * (4 + state / workers + 4.0 * pieces + STEP_BYTES + (workers > 1 ? 8 : 0))
            + frozen * (4 + config.compute().bytes())
            + 10.0 * model.vocabSize() * model.dim()
            + HEAD_CHUNK_BYTES;
    double tokens = (double) config.microBatchSize() * model.contextLength();
    double perLayer = tokens * bytesPerTokenAndLayer(model, config.compute().bytes());
    double kept = tokens * 2.0 * model.dim() * config.compute().bytes();
    double activations =
        config.recomputeActivations()
            ? model.numLayers() * kept + perLayer
            : model.numLayers() * perLayer;
    return PROCESS_BYTES + (long) (SLACK * (fixed + activations + 4 * kept));
  }

  /// What one block keeps for its backward pass, and the largest things that pass makes.
  private static double bytesPerTokenAndLayer(GptConfig model, int bytes) {
    double heads = (double) model.numHeads() * model.headDim();
    double projected = heads + 2.0 * model.numKvHeads() * model.headDim();
    double streams = 6.0 * model.dim() + 3 * projected + 3 * heads + 5.0 * model.ffnDim();
    double attention = 3.0 * model.numHeads() * model.contextLength();
    return bytes * (streams + attention);
  }

  /// The same run in the largest micro-batches that fit; activations are computed twice where
  /// nothing else helps.
  ///
  /// @param limit bytes each worker may take
  /// @throws ConfigException when not even one sequence at a time fits
  public static TrainConfig within(TrainConfig config, long limit, int workers) {
    TrainConfig kept = largest(config, limit, workers, false);
    boolean enough =
        kept != null
            && (kept.microBatchSize() == config.batchSize() / workers
                || (long) kept.microBatchSize() * kept.model().contextLength() >= FEWEST_TOKENS);
    if (enough) {
      return kept;
    }
    TrainConfig twice = largest(config, limit, workers, true);
    if (twice == null) {
      long least = bytes(config.withMemory(1, true), workers);
      throw new ConfigException(
          "--memory (%,d MB) must be at least %,d MB for this model; make it smaller or use more workers"
              .formatted(limit >> 20, (least >> 20) + 1));
    }
    return twice;
  }

  private static @org.jspecify.annotations.Nullable TrainConfig largest(
      TrainConfig config, long limit, int workers, boolean recompute) {
    for (int micro = config.batchSize() / workers; micro >= 1; micro--) {
      if (config.batchSize() % micro == 0) {
        TrainConfig tried = config.withMemory(micro, recompute);
        if (bytes(tried, workers) <= limit) {
          return tried;
        }
      }
    }
    return null;
  }
}

package dev.auspex.train;

import dev.auspex.config.ConfigException;
import dev.auspex.model.GptConfig;
import dev.auspex.optim.OptimizerConfig;

/// One rule from a model's width to everything else, so that a ladder of runs changes only its
// size.
///
/// Depth, heads and feed-forward follow the width; tokens follow the parameters; the batch grows
/// with the square root of the tokens; learning rates are corrected for batch (square root) and
/// horizon (power -0.3, as in Marin's recipe), on top of muP's rules for the width.
///
/// @param base configuration at the width where it was tuned
/// @param tokensPerParameter training tokens for each parameter
/// @param widthPerLayer width gained with each block
/// @param minLayers fewest blocks
public record Recipe(
    TrainConfig base, double tokensPerParameter, int widthPerLayer, int minLayers) {
  private static final double BATCH_EXPONENT = 0.5;
  private static final double HORIZON_EXPONENT = 0.3;
  private static final int FFN_MULTIPLE = 8;

  public Recipe {
    if (!(tokensPerParameter > 0)) {
      throw new ConfigException(
          "tokens_per_parameter (" + tokensPerParameter + ") must be above 0; usual: 20");
    }
    if (widthPerLayer < 1 || minLayers < 1) {
      throw new ConfigException(
          "width_per_layer (%d) and min_layers (%d) must be at least 1"
              .formatted(widthPerLayer, minLayers));
    }
  }

  /// The configuration at another width.
  /// @param dim a multiple of the head width
  public TrainConfig at(int dim, long seed) {
    GptConfig shape = shape(dim);
    double wanted = tokensPerParameter * shape.numParams();
    double baseTokens = tokensPerParameter * shape(base.model().dim()).numParams();
    int batch =
        (int)
            Math.max(
                1, Math.round(base.batchSize() * Math.pow(wanted / baseTokens, BATCH_EXPONENT)));
    long steps = Math.max(1, Math.round(wanted / ((double) batch * shape.contextLength())));
    double correction =
        Math.sqrt((double) batch / base.batchSize())
            * Math.pow(baseTokens / wanted, HORIZON_EXPONENT);
    return new TrainConfig(
        base.data(),
        base.text(),
        seed,
        base.dtype(),
        base.threads(),
        shape,
        scaled(base.optimizer(), correction),
        base.schedule(),
        steps,
        batch,
        batch,
        base.recomputeActivations(),
        base.gradClip(),
        base.eval(),
        base.checkpoint(),
        base.spikes(),
        base.parallel(),
        base.vision());
  }

  private GptConfig shape(int dim) {
    GptConfig b = base.model();
    if (dim % b.headDim() != 0) {
      throw new ConfigException(
          "dim (%d) must be divisible by head_dim (%d)".formatted(dim, b.headDim()));
    }
    int heads = dim / b.headDim();
    int ffn = FFN_MULTIPLE * Math.max(1, (int) Math.round(dim * 8.0 / 3 / FFN_MULTIPLE));
    return new GptConfig(
        b.vocabSize(),
        b.contextLength(),
        dim,
        Math.max(minLayers, Math.round((float) dim / widthPerLayer)),
        heads,
        heads,
        b.headDim(),
        ffn,
        b.ropeTheta(),
        b.normEps(),
        b.qkNorm(),
        b.tieEmbeddings(),
        b.mup());
  }

  private static OptimizerConfig scaled(OptimizerConfig optimizer, double by) {
    return switch (optimizer) {
      case OptimizerConfig.Adamw c ->
          new OptimizerConfig.Adamw(
              c.learningRate() * by, c.beta1(), c.beta2(), c.eps(), c.hiddenWeightDecay());
      case OptimizerConfig.Muon c ->
          new OptimizerConfig.Muon(
              c.learningRate() * by,
              c.momentum(),
              c.weightDecay(),
              c.othersLearningRate() * by,
              c.beta1(),
              c.beta2(),
              c.eps());
    };
  }
}

package dev.auspex.train;

import dev.auspex.config.ConfigException;
import dev.auspex.model.GptConfig;
import dev.auspex.model.VisionConfig;
import dev.auspex.optim.OptimizerConfig;
import org.jspecify.annotations.Nullable;

/// One rule from size and tokens to every hyper-parameter, so that a ladder of runs changes only
/// its size.
///
/// Depth, heads and feed-forward follow the width; tokens follow the parameters unless given. Rates
/// and residual branches follow width and depth by muP and CompleteP inside the model and its
/// optimisers; what follows the tokens is in {@link RecipeConfig}.
///
/// @param base configuration at the width where it was tuned
/// @param rules what follows the tokens, and how
/// @param tokensPerParameter training tokens for each parameter
/// @param widthPerLayer width gained with each block
/// @param minLayers fewest blocks
public record Recipe(
    TrainConfig base,
    RecipeConfig rules,
    double tokensPerParameter,
    int widthPerLayer,
    int minLayers) {
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
    int layers = layers(dim);
    return at(dim, layers, tokens(dim, layers), seed);
  }

  /// The configuration at any width, depth and length.
  ///
  /// @param dim a multiple of the head width
  /// @param layers blocks
  /// @param tokens to train on, rounded to whole steps
  public TrainConfig at(int dim, int layers, double tokens, long seed) {
    GptConfig shape = shape(dim, layers);
    int baseDim = base.model().dim();
    double baseTokens = tokens(baseDim, layers(baseDim));
    int batch =
        (int)
            Math.max(
                1,
                Math.round(
                    base.batchSize() * Math.pow(tokens / baseTokens, rules.batchExponent())));
    long steps = Math.max(1, Math.round(tokens / ((double) batch * shape.contextLength())));
    return new TrainConfig(
        base.data(),
        base.text(),
        seed,
        base.dtype(),
        base.threads(),
        shape,
        scaled((double) batch / base.batchSize(), baseTokens / tokens, (double) baseDim / dim),
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
        vision(dim),
        base.lookback(),
        null,
        null,
        null);
  }

  /// Blocks at a width.
  public int layers(int dim) {
    return Math.max(minLayers, Math.round((float) dim / widthPerLayer));
  }

  /// Training tokens of a shape.
  public double tokens(int dim, int layers) {
    VisionConfig vision = vision(dim);
    long seeing = vision == null ? 0 : vision.numParams(dim);
    return tokensPerParameter * (shape(dim, layers).numParams() + seeing);
  }

  private @Nullable VisionConfig vision(int dim) {
    VisionConfig vision = base.vision();
    return vision == null ? null : vision.widened((double) dim / base.model().dim());
  }

  private GptConfig shape(int dim, int layers) {
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
        layers,
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

  /// @param batchGrowth batch in that of the base
  /// @param share the base's tokens in those of this run
  /// @param narrowing the base's width in that of this run
  private OptimizerConfig scaled(double batchGrowth, double share, double narrowing) {
    double rate =
        Math.pow(batchGrowth, rules.rateBatchExponent())
            * Math.pow(share, rules.rateHorizonExponent())
            * Math.pow(narrowing, rules.rateWidthExponent());
    double memory = rules.beta2ByBatch() ? batchGrowth : 1;
    double decay = rules.decayByHorizon() ? batchGrowth * share / rate : 1;
    return base.optimizer().scaled(new OptimizerConfig.Factors(rate, memory, decay));
  }
}

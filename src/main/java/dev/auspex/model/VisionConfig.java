package dev.auspex.model;

import dev.auspex.config.ConfigException;

/// Shape of the image encoder and what it costs, before any tensor exists.
///
/// A Vision Transformer (Dosovitskiy et al. 2021, arXiv 2010.11929) in SigLIP's form, then pixel
/// shuffle and one projection, as in Idefics3 (arXiv 2408.12637) and SmolVLM (arXiv 2504.05299).
///
/// @param imageSize side of a square in pixels
/// @param patchSize side of a patch; divides `imageSize`
/// @param dim width
/// @param numLayers blocks
/// @param numHeads heads; divides `dim`
/// @param ffnDim inner width of the feed-forward
/// @param shuffle side of the patches that become one token; divides the patches along a side
/// @param maxSide tiles along the longer side of every picture; 1 for the thumbnail alone
/// @param normEps epsilon of every LayerNorm
/// @param encoderRate factor on the learning rate of the encoder; 0 leaves it as it starts
/// @param projectorRate factor on the learning rate of the projection
/// @param decoderRate factor on the learning rate of the decoder; 0 leaves it as it starts
public record VisionConfig(
    int imageSize,
    int patchSize,
    int dim,
    int numLayers,
    int numHeads,
    int ffnDim,
    int shuffle,
    int maxSide,
    double normEps,
    double encoderRate,
    double projectorRate,
    double decoderRate) {
  public VisionConfig {
    positive("patch_size", patchSize);
    positive("image_size", imageSize);
    positive("dim", dim);
    positive("num_layers", numLayers);
    positive("num_heads", numHeads);
    positive("ffn_dim", ffnDim);
    positive("shuffle", shuffle);
    positive("max_side", maxSide);
    if (imageSize % (patchSize * shuffle) != 0) {
      throw new ConfigException(
          "image_size (%d) must be divisible by patch_size times shuffle (%d)"
              .formatted(imageSize, patchSize * shuffle));
    }
    if (dim % numHeads != 0) {
      throw new ConfigException(
          "dim (%d) must be divisible by num_heads (%d)".formatted(dim, numHeads));
    }
    if (!(normEps > 0 && normEps < 1)) {
      throw new ConfigException("norm_eps (" + normEps + ") must lie in (0, 1); usual: 1e-6");
    }
    if (!(encoderRate >= 0 && projectorRate >= 0 && decoderRate >= 0)) {
      throw new ConfigException(
          "encoder_rate (%s), projector_rate (%s) and decoder_rate (%s) must be 0 (frozen) or more; usual: 1"
              .formatted(encoderRate, projectorRate, decoderRate));
    }
    if (encoderRate + projectorRate + decoderRate == 0) {
      throw new ConfigException(
          "encoder_rate, projector_rate and decoder_rate (0) must not all be 0; nothing would be learnt");
    }
  }

  /// A shape all of whose parts learn at the run's own rate.
  public static VisionConfig of(
      int imageSize,
      int patchSize,
      int dim,
      int numLayers,
      int numHeads,
      int ffnDim,
      int shuffle,
      int maxSide,
      double normEps) {
    return new VisionConfig(
        imageSize, patchSize, dim, numLayers, numHeads, ffnDim, shuffle, maxSide, normEps, 1, 1, 1);
  }

  /// The encoder of a decoder `ratio` times as wide: heads of the same width, as many blocks, since
  /// pictures stay as large, and all else in proportion.
  public VisionConfig widened(double ratio) {
    int headDim = dim / numHeads;
    int heads = Math.max(1, (int) Math.round(numHeads * ratio));
    int newDim = heads * headDim;
    return new VisionConfig(
        imageSize,
        patchSize,
        newDim,
        numLayers,
        heads,
        Math.max(1, (int) Math.round((double) ffnDim * newDim / dim)),
        shuffle,
        maxSide,
        normEps,
        encoderRate,
        projectorRate,
        decoderRate);
  }

  private static void positive(String key, int value) {
    if (value < 1) {
      throw new ConfigException(key + " (" + value + ") must be at least 1");
    }
  }

  /// Patches of a square.
  public int patches() {
    return (imageSize / patchSize) * (imageSize / patchSize);
  }

  /// Tokens that a square takes in the context.
  public int tokens() {
    return patches() / (shuffle * shuffle);
  }

  /// Numbers in a patch.
  public int patchNumbers() {
    return 3 * patchSize * patchSize;
  }

  /// All trainable numbers, with the projection to `decoderDim`.
  public long numParams(int decoderDim) {
    return VisionShapes.of(this, decoderDim).values().stream()
        .mapToLong(shape -> shape.length == 1 ? shape[0] : shape[0] * shape[1])
        .sum();
  }

  /// FLOPs to train on one square, counted as {@link GptConfig#flopsPerToken} counts.
  public long flopsPerSquare(int decoderDim) {
    long block = 4L * dim * dim + 2L * dim * ffnDim + 2L * patches() * dim;
    long perPatch = (long) patchNumbers() * dim + numLayers * block;
    long projection = (long) dim * shuffle * shuffle * decoderDim;
    return 6 * (patches() * perPatch + tokens() * projection);
  }
}

package dev.auspex.interchange;

import dev.auspex.config.ConfigException;
import dev.auspex.model.VisionConfig;

/// An image encoder's sizes as a file names them.
///
/// @param imageSize side of a square in pixels
/// @param shuffle side of the patches that become one token
record EncoderSizes(
    int imageSize,
    int patchSize,
    int shuffle,
    int dim,
    int numLayers,
    int numHeads,
    int ffnDim,
    double normEps) {
  /// Sides beyond this are no pictures.
  static final int LARGEST_IMAGE = 1 << 14;

  /// What an image size must be.
  static final String RULE = "must be from patch_size times scale_factor to " + LARGEST_IMAGE;

  /// Whether it is so.
  boolean keepRule() {
    return imageSize <= LARGEST_IMAGE && (long) patchSize * shuffle <= imageSize;
  }

  /// The encoder of a model with pictures of so many tiles along a side.
  ///
  /// @param where the file and the place in it, for messages
  VisionConfig config(int maxSide, String where) {
    try {
      return VisionConfig.of(
          imageSize, patchSize, dim, numLayers, numHeads, ffnDim, shuffle, maxSide, normEps);
    } catch (ConfigException e) {
      throw new InterchangeException(where + " " + e.getMessage());
    }
  }
}

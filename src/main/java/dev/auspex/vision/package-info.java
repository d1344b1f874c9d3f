/// Pictures before they become tensors: decoding with limits, resizing, tiles, normalised patches.
///
/// Knows nothing of models; the encoder is in `model`. A picture here is 8-bit sRGB, row by row,
/// three bytes a pixel, upright and without alpha.
@org.jspecify.annotations.NullMarked
package dev.auspex.vision;

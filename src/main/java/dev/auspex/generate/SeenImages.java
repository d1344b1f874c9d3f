package dev.auspex.generate;

import dev.auspex.model.VisionConfig;
import dev.auspex.tensor.Tensor;
import dev.auspex.vision.Patches;
import dev.auspex.vision.Picture;
import java.util.List;

/// The images of a prompt, whose token `k` stands there as id `vocab + k`.
///
/// @param patches normalised pixels `[squares, patchesPerSquare, numbers]`
public record SeenImages(int squares, int patchesPerSquare, float[] patches) {
  /// A prompt of text alone.
  public static final SeenImages NONE = new SeenImages(0, 0, new float[0]);

  /// Squares of pixels as a model of this shape reads them.
  public static SeenImages of(List<Picture> squares, VisionConfig vision) {
    return squares.isEmpty()
        ? NONE
        : new SeenImages(
            squares.size(),
            vision.patches(),
            Patches.of(squares, vision.imageSize(), vision.patchSize()));
  }

  /// The pixels `[squares, patchesPerSquare, numbers]`.
  Tensor tensor() {
    int cells = squares * patchesPerSquare;
    return Tensor.of(patches, squares, patchesPerSquare, patches.length / cells);
  }
}

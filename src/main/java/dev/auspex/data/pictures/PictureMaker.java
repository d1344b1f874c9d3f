package dev.auspex.data.pictures;

import java.util.SplittableRandom;

/// Draws pictures of one kind.
@FunctionalInterface
interface PictureMaker {
  /// @param heldout whether the picture shows a combination that training never does
  DrawnPicture make(SplittableRandom random, boolean heldout);
}

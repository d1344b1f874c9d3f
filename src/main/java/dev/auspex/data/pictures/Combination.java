package dev.auspex.data.pictures;

import java.util.SplittableRandom;

/// Which combinations of attributes training never shows: about one in six, by a hash, so that no
/// part of a combination tells another and every part is seen in training.
///
/// Combinations must be many, thousands for each answer: of a few hundred a model learns by heart
/// which ones never occur, and then never gives their answers (docs/log.md).
final class Combination {
  private static final int SHARE = 6;

  private Combination() {}

  /// @param parts indices of the attributes, in a fixed order
  static boolean heldOut(int... parts) {
    long hash = 0;
    for (int part : parts) {
      hash = hash * 31 + part + 1;
    }
    return new SplittableRandom(hash).nextInt(SHARE) == 0;
  }
}

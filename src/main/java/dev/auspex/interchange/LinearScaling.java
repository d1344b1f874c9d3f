package dev.auspex.interchange;

import dev.auspex.model.RopeScaling;

/// Position interpolation (arXiv 2306.15595), type `linear`: every rotary frequency is divided by
/// one factor. That is Llama 3's scaling where even the fastest wave counts as a long one.
final class LinearScaling {
  private LinearScaling() {}

  static RopeScaling of(double factor) {
    return new RopeScaling(factor, 1, 4, 1);
  }

  /// Frequencies are at most one radian a position, so that none makes a whole wave in this
  /// context.
  static boolean isOne(RopeScaling scaling) {
    return scaling.originalContext() / (2 * Math.PI) < scaling.lowFactor();
  }
}

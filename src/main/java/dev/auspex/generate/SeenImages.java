package dev.auspex.generate;

/// The images of a prompt, whose token `k` stands there as id `vocab + k`.
///
/// @param patches normalised pixels `[squares, patchesPerSquare, numbers]`
public record SeenImages(int squares, int patchesPerSquare, float[] patches) {
  /// A prompt of text alone.
  public static final SeenImages NONE = new SeenImages(0, 0, new float[0]);
}

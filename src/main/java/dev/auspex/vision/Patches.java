package dev.auspex.vision;

import java.util.List;

/// Squares as the numbers the encoder reads: `(value / 255 - 0.5) / 0.5`, patch by patch.
public final class Patches {
  private Patches() {}

  /// @param squares pictures of `size` by `size` pixels
  /// @param size side of a square, a multiple of `patch`
  /// @return `[squares, patches, 3 * patch * patch]`; patches row by row, in each channel, row,
  ///     column, as a convolution's weights lie
  public static float[] of(List<Picture> squares, int size, int patch) {
    int across = size / patch;
    float[] out = new float[squares.size() * 3 * size * size];
    int at = 0;
    for (Picture square : squares) {
      if (square.width() != size || square.height() != size) {
        throw new IllegalArgumentException(
            "square: expected %d x %d, got %d x %d"
                .formatted(size, size, square.width(), square.height()));
      }
      for (int cell = 0; cell < across * across; cell++) {
        int top = cell / across * patch;
        int left = cell % across * patch;
        for (int c = 0; c < 3; c++) {
          for (int y = top; y < top + patch; y++) {
            for (int x = left; x < left + patch; x++) {
              int value = square.rgb()[3 * (y * size + x) + c] & 0xFF;
              out[at++] = (float) ((value / 255.0 - 0.5) / 0.5);
            }
          }
        }
      }
    }
    return out;
  }
}

package dev.auspex.vision;

import java.util.ArrayList;
import java.util.List;

/// A picture as the encoder sees it: equal squares, row by row, then the whole as a thumbnail.
///
/// As in Idefics3 (arXiv 2408.12637): the longer side is brought to a whole number of tiles, the
/// shorter follows and is rounded up to whole tiles; what fits in one tile is only the thumbnail.
///
/// @param rows rows of tiles; 0 where there is only the thumbnail
/// @param columns tiles in a row
/// @param squares `rows * columns` tiles and the thumbnail
public record Tiles(int rows, int columns, List<Picture> squares) {
  public Tiles {
    squares = List.copyOf(squares);
    if (squares.size() != rows * columns + 1) {
      throw new IllegalArgumentException(
          "squares: expected %d, got %d".formatted(rows * columns + 1, squares.size()));
    }
  }

  /// Cuts a picture.
  ///
  /// @param size side of a tile, in pixels
  /// @param maxSide most tiles along a side; 1 for the thumbnail alone
  public static Tiles of(Picture picture, int size, int maxSide) {
    Picture thumbnail = Resampling.LANCZOS.resize(picture, size, size);
    int longest = Math.max(picture.width(), picture.height());
    int side = Math.min(maxSide, Math.ceilDiv(longest, size));
    if (side <= 1) {
      return new Tiles(0, 0, List.of(thumbnail));
    }
    int columns = along(picture.width(), longest, side);
    int rows = along(picture.height(), longest, side);
    Picture grid = Resampling.LANCZOS.resize(picture, columns * size, rows * size);
    List<Picture> squares = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        squares.add(grid.cut(column * size, row * size, size, size));
      }
    }
    squares.add(thumbnail);
    return new Tiles(rows, columns, squares);
  }

  private static int along(int length, int longest, int side) {
    return Math.max(1, (int) Math.ceilDiv((long) length * side, (long) longest));
  }
}

package dev.auspex.vision;

import java.util.ArrayList;
import java.util.List;

/// A picture as the encoder sees it: equal squares, row by row, then the whole as a thumbnail.
///
/// Step by step and byte by byte what Transformers' Idefics3 image processor does with Pillow: the
/// longer side is brought to `longestEdge`, up or down; both sides are stretched to whole squares;
/// the squares are cut out; the thumbnail is made of the stretched picture.
///
/// @param rows rows of tiles; 0 where there is only the thumbnail
/// @param columns tiles in a row
/// @param squares `rows * columns` tiles and the thumbnail
public record Tiles(int rows, int columns, List<Picture> squares) {
  /// No side is made longer than this, whatever is asked for.
  private static final int LONGEST = 4096;

  public Tiles {
    squares = List.copyOf(squares);
    if (squares.size() != rows * columns + 1) {
      throw new IllegalArgumentException(
          "squares: expected %d, got %d".formatted(rows * columns + 1, squares.size()));
    }
  }

  private record Size(int width, int height) {
    /// The longer side becomes `edge`, the shorter follows and is rounded down.
    Size scaledTo(int edge) {
      double ratio = (double) width / height;
      return width >= height
          ? new Size(edge, (int) (edge / ratio))
          : new Size((int) (edge * ratio), edge);
    }

    /// The shorter side becomes even and both at least 1.
    Size even() {
      return width >= height
          ? new Size(width, Math.max(1, height + height % 2))
          : new Size(Math.max(1, width + width % 2), height);
    }

    Size atMost(int edge) {
      Size size = Math.max(width, height) > edge ? scaledTo(edge) : this;
      return new Size(Math.max(1, size.width), Math.max(1, size.height));
    }

    /// Whole squares: the longer side is rounded up, the shorter follows and is rounded up too.
    Size whole(int square) {
      int longer = Math.ceilDiv(Math.max(width, height), square) * square;
      Size size = scaledTo(longer);
      return new Size(
          Math.max(1, Math.ceilDiv(size.width, square)) * square,
          Math.max(1, Math.ceilDiv(size.height, square)) * square);
    }

    Picture of(Picture picture, Resampling resampling) {
      return resampling.resize(picture, width, height);
    }
  }

  /// Cuts a picture.
  public static Tiles of(Picture picture, PictureForm form) {
    Resampling resampling = form.resampling();
    int square = form.squareSize();
    Size size =
        new Size(picture.width(), picture.height())
            .scaledTo(form.longestEdge())
            .even()
            .atMost(LONGEST);
    Picture scaled = size.of(picture, resampling);
    if (!form.splits()) {
      return new Tiles(0, 0, List.of(resampling.resize(scaled, square, square)));
    }
    Picture grid = size.whole(square).of(scaled, resampling);
    int columns = grid.width() / square;
    int rows = grid.height() / square;
    if (columns == 1 && rows == 1) {
      return new Tiles(0, 0, List.of(grid));
    }
    List<Picture> squares = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        squares.add(grid.cut(column * square, row * square, square, square));
      }
    }
    squares.add(resampling.resize(grid, square, square));
    return new Tiles(rows, columns, squares);
  }
}

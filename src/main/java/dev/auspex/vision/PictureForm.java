package dev.auspex.vision;

import java.util.ArrayList;
import java.util.List;

/// How a picture is cut into squares and what stands around them in a sequence: as the processors
/// of Idefics3 (arXiv 2408.12637) and SmolVLM do it.
///
/// @param squareSize side of a square in pixels
/// @param longestEdge what the longer side of every picture is brought to
/// @param splits whether the picture is cut into tiles; if not, there is only the thumbnail
/// @param resampling the filter of every change of size
/// @param image the token that stands for a picture in a chat template
/// @param around the token before and after squares
/// @param whole the token before the thumbnail
public record PictureForm(
    int squareSize,
    int longestEdge,
    boolean splits,
    Resampling resampling,
    String image,
    String around,
    String whole) {
  /// The usual name of {@link #image}.
  public static final String IMAGE = "<image>";

  /// The usual name of {@link #around}.
  public static final String AROUND = "<fake_token_around_image>";

  /// The usual name of {@link #whole}.
  public static final String WHOLE = "<global-img>";

  /// Stands in {@link #markup} for the tokens of a square; no character of any text.
  public static final char SQUARE = '\uFFFF';

  /// The form of models trained here: the usual names, Lanczos' filter.
  ///
  /// @param maxSide most tiles along a side
  public static PictureForm of(int squareSize, int maxSide) {
    return of(squareSize, squareSize * maxSide, true, Resampling.LANCZOS);
  }

  /// With the usual names.
  public static PictureForm of(
      int squareSize, int longestEdge, boolean splits, Resampling resampling) {
    return new PictureForm(squareSize, longestEdge, splits, resampling, IMAGE, AROUND, WHOLE);
  }

  /// The same with other names.
  public PictureForm named(String newImage, String newAround, String newWhole) {
    return new PictureForm(
        squareSize, longestEdge, splits, resampling, newImage, newAround, newWhole);
  }

  /// The most tiles along a side.
  public int maxSide() {
    return splits ? Math.ceilDiv(longestEdge, squareSize) : 1;
  }

  /// The text around the squares of a picture, tiles row by row and last the thumbnail.
  public String markup(Tiles tiles) {
    StringBuilder text = new StringBuilder();
    for (int row = 1; row <= tiles.rows(); row++) {
      for (int column = 1; column <= tiles.columns(); column++) {
        text.append(around).append(place(row, column)).append(SQUARE);
      }
      text.append('\n');
    }
    if (tiles.rows() > 0) {
      text.append('\n');
    }
    return text.append(around).append(whole).append(SQUARE).append(around).toString();
  }

  private static String place(int row, int column) {
    return "<row_" + row + "_col_" + column + ">";
  }

  /// What a vocabulary must have as single tokens, so that other programs cut the text around
  /// pictures as is done here; llama.cpp also looks for the empty line before the thumbnail.
  public static List<String> tokens(int maxSide) {
    List<String> tokens = new ArrayList<>(List.of(IMAGE, AROUND, WHOLE, "\n\n"));
    for (int row = 1; row <= maxSide && maxSide > 1; row++) {
      for (int column = 1; column <= maxSide; column++) {
        tokens.add(place(row, column));
      }
    }
    return tokens;
  }
}

package dev.auspex.vision;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows and columns of tiles as Transformers' Idefics3 image processor counts them.
class TilesTest {
  @ParameterizedTest
  @CsvSource({
    "64, 64, 1, 0, 0", // one square is the thumbnail alone, whatever its shape
    "1000, 1, 1, 0, 0",
    "1, 1000, 1, 0, 0",
    "64, 64, 2, 2, 2",
    "1000, 1, 2, 1, 2",
    "1, 1000, 2, 2, 1",
    "300, 151, 2, 1, 2", // 128 x 64.43 is rounded down before it is counted
    "300, 153, 2, 2, 2" // 128 x 65.28
  })
  void extremeShapesAreCutAsThere(int width, int height, int maxSide, int rows, int columns) {
    Tiles tiles = Tiles.of(Picture.plain(width, height, 9), PictureForm.of(64, maxSide));
    assertEquals(rows, tiles.rows());
    assertEquals(columns, tiles.columns());
    assertEquals(rows * columns + 1, tiles.squares().size());
  }
}

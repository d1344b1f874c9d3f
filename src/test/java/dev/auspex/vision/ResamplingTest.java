package dev.auspex.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplingTest {
  private static Picture made(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          rgb[3 * (y * width + x) + c] = (byte) (x * 37 + y * 91 + c * 53 + x * y % 17 * 11);
        }
      }
    }
    return new Picture(width, height, rgb);
  }

  /// Filter, size before, size after, and the first bytes of SHA-256 of Pillow 12.3's result.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "BILINEAR 40 30 64 64 40fb340bc57ef71e",
        "BICUBIC 40 30 64 64 517bd9489032887e",
        "LANCZOS 40 30 64 64 39a91997c1087f4c",
        "BILINEAR 100 75 32 32 26c6f302b26562f2",
        "BICUBIC 100 75 32 32 d949ec40acb8776d",
        "LANCZOS 100 75 32 32 833d84124561c5d9",
        "BILINEAR 7 5 3 9 82190a46d670c0a9",
        "BICUBIC 7 5 3 9 21d6a22d5aa53e19",
        "LANCZOS 7 5 3 9 03090cc1ae135554",
        "BILINEAR 64 64 65 63 f1ae03c3398587b2",
        "BICUBIC 64 64 65 63 54a3f9a78e951888",
        "LANCZOS 64 64 65 63 bacc12d1cac50198",
        "BILINEAR 200 3 16 16 ca6e1f6618f26848",
        "BICUBIC 200 3 16 16 02de22222cb89708",
        "LANCZOS 200 3 16 16 a0fa121d1d523a89"
      })
  void aResizedPictureHasTheBytesOfTheReference(String line) throws Exception {
    String[] words = line.split(" ");
    Picture picture = made(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
    Picture resized =
        Resampling.valueOf(words[0])
            .resize(picture, Integer.parseInt(words[3]), Integer.parseInt(words[4]));
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(resized.rgb());
    assertEquals(words[5], HexFormat.of().formatHex(hash).substring(0, 16));
  }

  @Test
  void theSameSizeIsTheSamePicture() {
    Picture picture = made(9, 7);
    assertSame(picture, Resampling.LANCZOS.resize(picture, 9, 7));
  }

  @Test
  void aLargePictureIsCutIntoTilesAndAThumbnail() {
    Tiles tiles = Tiles.of(made(200, 90), PictureForm.of(64, 4));
    assertEquals(4, tiles.columns());
    assertEquals(2, tiles.rows());
    assertEquals(9, tiles.squares().size());
    Picture scaled = Resampling.LANCZOS.resize(made(200, 90), 256, 116); // 115.2, made even
    Picture grid = Resampling.LANCZOS.resize(scaled, 256, 128);
    assertArrayEquals(grid.cut(64, 64, 64, 64).rgb(), tiles.squares().get(5).rgb());
    Picture whole = Resampling.LANCZOS.resize(grid, 64, 64);
    assertArrayEquals(whole.rgb(), tiles.squares().getLast().rgb());
    assertEquals(9, Tiles.of(made(64, 20), PictureForm.of(64, 4)).squares().size());
    assertEquals(1, Tiles.of(made(900, 900), PictureForm.of(64, 1)).squares().size());
    assertEquals(3, Tiles.of(made(10_000, 1), PictureForm.of(64, 2)).squares().size());
  }

  @Test
  void patchesLieAsAConvolutionReadsThem() {
    Picture picture = made(4, 4);
    float[] patches = Patches.of(List.of(picture), 4, 2);
    // patch 1 (top right), channel 2, row 1, column 0 is pixel (2, 1)
    int value = picture.rgb()[3 * (4 + 2) + 2] & 0xFF;
    assertEquals((value / 255f - 0.5f) / 0.5f, patches[12 + 8 + 2], 1e-6f);
  }
}

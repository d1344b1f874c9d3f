package dev.auspex.data.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.vision.Picture;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PictureViewTest {
  /// 40 by 20 pixels: white, a red block in the middle of it, 20 by 10.
  private static Picture block() {
    byte[] rgb = new byte[3 * 40 * 20];
    for (int i = 0; i < 40 * 20; i++) {
      boolean inside = i % 40 >= 10 && i % 40 < 30 && i / 40 >= 5 && i / 40 < 15;
      rgb[3 * i] = (byte) 255;
      rgb[3 * i + 1] = (byte) (inside ? 0 : 255);
      rgb[3 * i + 2] = (byte) (inside ? 0 : 255);
    }
    return new Picture(40, 20, rgb);
  }

  @Test
  void thePlainViewIsThePicture() {
    Picture picture = block();
    BufferedImage view = PictureView.PLAIN.of(picture);
    for (int i = 0; i < 40 * 20; i++) {
      int expected = 0;
      for (int c = 0; c < 3; c++) {
        expected = expected << 8 | picture.rgb()[3 * i + c] & 0xFF;
      }
      assertEquals(expected, view.getRGB(i % 40, i / 40) & 0xFFFFFF, "pixel " + i);
    }
  }

  @Test
  void aViewIsSmallerMovedAndDarkerOnTheColourOfTheBorder() {
    BufferedImage view = new PictureView(0.5, 0, 1, 0, 0.8).of(block());
    assertEquals(40, view.getWidth());
    assertEquals(20, view.getHeight());
    assertEquals(0xCC0000, view.getRGB(10, 15) & 0xFFFFFF, "the block's middle, at the lower left");
    assertEquals(0xCCCCCC, view.getRGB(30, 5) & 0xFFFFFF);
    assertEquals(0xCCCCCC, view.getRGB(30, 15) & 0xFFFFFF);
  }

  @Test
  void drawnViewsKeepTheirRanges() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 200; i++) {
      PictureView view = PictureView.draw(random);
      assertTrue(view.scale() >= 0.5 && view.scale() <= 1, view::toString);
      assertTrue(Math.abs(view.turn()) <= Math.toRadians(20), view::toString);
      assertTrue(view.light() >= 0.75 && view.light() <= 1.15, view::toString);
      assertTrue(view.x() >= 0 && view.x() < 1 && view.y() >= 0 && view.y() < 1, view::toString);
    }
  }
}

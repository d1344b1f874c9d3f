package dev.auspex.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.vision.Picture;
import org.junit.jupiter.api.Test;

class PixelCentroidsTest {
  private static Picture grey(int value) {
    return Picture.plain(2, 1, value);
  }

  @Test
  void theNearestMeanWinsNotTheNearestPicture() {
    PixelCentroids centroids = new PixelCentroids();
    assertEquals("", centroids.nearest(grey(10)));
    centroids.add("dark", grey(0));
    centroids.add("dark", grey(120)); // mean 60
    centroids.add("light", grey(200));
    assertEquals("dark", centroids.nearest(grey(129)));
    assertEquals("light", centroids.nearest(grey(131)));
    assertEquals("dark", centroids.nearest(grey(130)), "halfway the first learnt");
    centroids.add("light", grey(255)); // mean 227.5
    assertEquals("dark", centroids.nearest(grey(140)));
    assertTrue(centroids.knows("light"));
    assertFalse(centroids.knows("blue"));
  }

  @Test
  void bytesAbove127AreNotNegative() {
    PixelCentroids centroids = new PixelCentroids();
    centroids.add("black", grey(0));
    centroids.add("white", grey(255));
    assertEquals("white", centroids.nearest(grey(200)));
  }
}

package dev.auspex.data.pictures;

import dev.auspex.vision.Picture;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;

/// How a picture is seen once: smaller, moved, turned a little, lighter or darker. It is never
/// mirrored and never turned so far that up becomes sideways, as names may depend on both.
///
/// @param scale share of the size, 0.5 to 1
/// @param x where the room left over goes, 0 (left) to 1 (right)
/// @param y the same from top to bottom
/// @param turn radians, up to 20 degrees either way
/// @param light factor on all channels, 0.75 to 1.15
record PictureView(double scale, double x, double y, double turn, double light) {
  private static final double LEAST_SCALE = 0.5;
  private static final double MOST_TURN = Math.toRadians(20);
  private static final double LEAST_LIGHT = 0.75;
  private static final double MOST_LIGHT = 1.15;

  /// The picture as it is.
  static final PictureView PLAIN = new PictureView(1, 0.5, 0.5, 0, 1);

  /// Each number uniform in its range.
  static PictureView draw(SplittableRandom random) {
    return new PictureView(
        random.nextDouble(LEAST_SCALE, 1),
        random.nextDouble(),
        random.nextDouble(),
        random.nextDouble(-MOST_TURN, MOST_TURN),
        random.nextDouble(LEAST_LIGHT, MOST_LIGHT));
  }

  /// The view, of the picture's own size; what the picture leaves free has the mean colour of its
  /// border.
  BufferedImage of(Picture picture) {
    int width = picture.width();
    int height = picture.height();
    BufferedImage view = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = view.createGraphics();
    graphics.setColor(border(picture));
    graphics.fillRect(0, 0, width, height);
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    AffineTransform place =
        AffineTransform.getTranslateInstance(
            width * (scale / 2 + x * (1 - scale)), height * (scale / 2 + y * (1 - scale)));
    place.rotate(turn);
    place.scale(scale, scale);
    place.translate(-width / 2.0, -height / 2.0);
    graphics.drawImage(lit(picture), place, null);
    graphics.dispose();
    return view;
  }

  private BufferedImage lit(Picture picture) {
    BufferedImage image =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < picture.width() * picture.height(); i++) {
      int rgb = 0;
      for (int c = 0; c < 3; c++) {
        rgb = rgb << 8 | lit(picture.rgb()[3 * i + c] & 0xFF);
      }
      image.setRGB(i % picture.width(), i / picture.width(), rgb);
    }
    return image;
  }

  private int lit(double value) {
    return Math.clamp(Math.round(light * value), 0, 255);
  }

  private Color border(Picture picture) {
    long[] sums = new long[3];
    int count = 0;
    for (int y = 0; y < picture.height(); y++) {
      boolean whole = y == 0 || y == picture.height() - 1;
      for (int x = 0; x < picture.width(); x += whole ? 1 : Math.max(1, picture.width() - 1)) {
        for (int c = 0; c < 3; c++) {
          sums[c] += picture.rgb()[3 * (y * picture.width() + x) + c] & 0xFF;
        }
        count++;
      }
    }
    return new Color(
        lit((double) sums[0] / count),
        lit((double) sums[1] / count),
        lit((double) sums[2] / count));
  }
}

package dev.auspex.data.pictures;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// A small picture being drawn: near-white ground, colours that vary a little.
final class Canvas {
  static final int SIZE = 64;
  static final List<String> SHAPES = List.of("circle", "square", "triangle", "cross", "diamond");
  static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "purple", "orange");

  /// Those of flags: the colours of all else and two more.
  static final List<String> STRIPE_COLOURS =
      Stream.concat(COLOURS.stream(), Stream.of("white", "black")).toList();

  private static final int[] RGB = {
    0xD02020, 0x20A040, 0x2040D0, 0xE0D020, 0x9030B0, 0xF08010, 0xFFFFFF, 0x101010
  };
  private static final int VARIATION = 12;

  private final BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
  private final Graphics2D graphics = image.createGraphics();
  private final SplittableRandom random;

  Canvas(SplittableRandom random) {
    this.random = random;
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    int ground = 255 - random.nextInt(20);
    graphics.setColor(new Color(ground, ground, ground));
    graphics.fillRect(0, 0, SIZE, SIZE);
  }

  /// The finished picture.
  BufferedImage image() {
    graphics.dispose();
    return image;
  }

  /// A colour of the lists, varied.
  Color colour(int index) {
    Color plain = new Color(RGB[index]);
    return new Color(varied(plain.getRed()), varied(plain.getGreen()), varied(plain.getBlue()));
  }

  private int varied(int channel) {
    return Math.clamp(channel + random.nextInt(-VARIATION, VARIATION + 1), 0, 255);
  }

  /// A filled shape of the list.
  void shape(int shape, int colour, double x, double y, double radius) {
    graphics.setColor(colour(colour));
    graphics.fill(
        switch (SHAPES.get(shape)) {
          case "circle" -> new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
          case "square" ->
              new Rectangle2D.Double(
                  x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
          case "triangle" -> polygon(x, y, radius, 0, -1, 1, 0.9, -1, 0.9);
          case "cross" ->
              polygon(
                  x, y, radius, -0.3, -1, 0.3, -1, 0.3, -0.3, 1, -0.3, 1, 0.3, 0.3, 0.3, 0.3, 1,
                  -0.3, 1, -0.3, 0.3, -1, 0.3, -1, -0.3, -0.3, -0.3);
          default -> polygon(x, y, radius, 0, -1.1, 0.75, 0, 0, 1.1, -0.75, 0);
        });
  }

  private static Shape polygon(double x, double y, double radius, double... corners) {
    Path2D path = new Path2D.Double();
    path.moveTo(corners[0], corners[1]);
    for (int i = 2; i < corners.length; i += 2) {
      path.lineTo(corners[i], corners[i + 1]);
    }
    path.closePath();
    AffineTransform place = AffineTransform.getTranslateInstance(x, y);
    place.scale(radius, radius);
    return place.createTransformedShape(path);
  }

  void bar(int colour, double x, double top, double width, double bottom) {
    graphics.setColor(colour(colour));
    graphics.fill(new Rectangle2D.Double(x, top, width, bottom - top));
  }

  void box(double x, double y, double half) {
    frame(x - half, y - half, 2 * half, 2 * half);
  }

  void frame(double left, double top, double width, double height) {
    graphics.setColor(Color.DARK_GRAY);
    graphics.setStroke(new BasicStroke(1));
    graphics.draw(new Rectangle2D.Double(left, top, width, height));
  }

  void line(int grey, double x1, double y1, double x2, double y2) {
    graphics.setColor(new Color(grey, grey, grey));
    graphics.setStroke(new BasicStroke(1));
    graphics.draw(new Line2D.Double(x1, y1, x2, y2));
  }

  /// A line whose end is a filled triangle.
  void arrow(double x1, double y1, double x2, double y2) {
    line(60, x1, y1, x2, y2);
    AffineTransform place = AffineTransform.getTranslateInstance(x2, y2);
    place.rotate(x2 - x1, y2 - y1);
    graphics.fill(place.createTransformedShape(polygon(0, 0, 1, 0, 0, -6, -3.5, -6, 3.5)));
  }

  /// What text is drawn in, `size` pixels high.
  static Font font(float size) {
    return new Font(Font.MONOSPACED, Font.BOLD, 1).deriveFont(size);
  }

  /// Dark bold letters, of one width where the font has them so, centred; smaller where they would
  /// not fit.
  void text(String text, double x, double y, int size) {
    int grey = random.nextInt(60);
    graphics.setColor(new Color(grey, grey, grey));
    float fitting = size;
    while (widthOf(text, fitting) > SIZE - 2) {
      fitting -= 0.5f;
    }
    graphics.setFont(font(fitting));
    graphics.drawString(
        text, (float) (x - widthOf(text, fitting) / 2), (float) (y + fitting * 0.36));
  }

  private double widthOf(String text, float size) {
    return graphics.getFontMetrics(font(size)).stringWidth(text);
  }
}

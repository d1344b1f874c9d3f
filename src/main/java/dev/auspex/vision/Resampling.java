package dev.auspex.vision;

/// Resizing with an antialiased filter, in the fixed-point arithmetic of Pillow's `resize`, which
/// the reference image processors use: the same bytes come out.
///
/// Two passes, horizontal first, each rounded to 8 bits; the filter widens by the scale when a
/// picture shrinks.
public enum Resampling {
  /// Triangle of radius 1.
  BILINEAR(1) {
    @Override
    double weight(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  },
  /// Keys' cubic with a = -0.5, radius 2.
  BICUBIC(2) {
    @Override
    double weight(double x) {
      double t = Math.abs(x);
      double a = -0.5;
      if (t < 1) {
        return ((a + 2) * t - (a + 3)) * t * t + 1;
      }
      return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
    }
  },
  /// Lanczos' windowed sinc, radius 3.
  LANCZOS(3) {
    @Override
    double weight(double x) {
      return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  };

  private static final int BITS = 32 - 8 - 2;

  private final double radius;

  Resampling(double radius) {
    this.radius = radius;
  }

  abstract double weight(double x);

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
  }

  /// The picture in another size.
  public Picture resize(Picture picture, int width, int height) {
    Picture wide =
        width == picture.width()
            ? picture
            : new Picture(
                width,
                picture.height(),
                pass(picture.rgb(), picture.width(), picture.height(), width));
    if (height == wide.height()) {
      return wide;
    }
    // The second pass is the first one on the transposed picture.
    byte[] turned = transposed(wide.rgb(), wide.width(), wide.height());
    byte[] high = pass(turned, wide.height(), width, height);
    return new Picture(width, height, transposed(high, height, width));
  }

  /// Resizes every row of `[rows, from, 3]` to `[rows, to, 3]`.
  private byte[] pass(byte[] rgb, int from, int rows, int to) {
    double scale = (double) from / to;
    double filterScale = Math.max(scale, 1);
    double support = radius * filterScale;
    byte[] out = new byte[3 * rows * to];
    for (int x = 0; x < to; x++) {
      double center = (x + 0.5) * scale;
      int first = Math.max(0, (int) (center - support + 0.5));
      int end = Math.min(from, (int) (center + support + 0.5));
      int[] weights = weights(first, end, center, 1 / filterScale);
      for (int row = 0; row < rows; row++) {
        for (int c = 0; c < 3; c++) {
          int sum = 1 << BITS - 1;
          for (int i = first; i < end; i++) {
            sum += (rgb[3 * (row * from + i) + c] & 0xFF) * weights[i - first];
          }
          out[3 * (row * to + x) + c] = (byte) Math.clamp(sum >> BITS, 0, 255);
        }
      }
    }
    return out;
  }

  private int[] weights(int first, int end, double center, double inverse) {
    double[] exact = new double[end - first];
    double total = 0;
    for (int i = 0; i < exact.length; i++) {
      exact[i] = weight((i + first - center + 0.5) * inverse);
      total += exact[i];
    }
    int[] fixed = new int[exact.length];
    for (int i = 0; i < fixed.length; i++) {
      double share = exact[i] * (1 / total) * (1 << BITS);
      fixed[i] = (int) (share < 0 ? share - 0.5 : share + 0.5);
    }
    return fixed;
  }

  private static byte[] transposed(byte[] rgb, int width, int height) {
    byte[] out = new byte[rgb.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        System.arraycopy(rgb, 3 * (y * width + x), out, 3 * (x * height + y), 3);
      }
    }
    return out;
  }
}

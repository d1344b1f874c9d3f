package dev.auspex.vision;

import dev.auspex.io.FileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/// Pixels in 8-bit sRGB, upright, without alpha.
///
/// @param rgb `[height, width, 3]`, row by row; not to be changed
public record Picture(int width, int height, byte[] rgb) {
  /// Checks the size.
  public Picture {
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "rgb: expected [%d, %d, 3], got %d bytes".formatted(height, width, rgb.length));
    }
  }

  /// A picture of one colour.
  ///
  /// @param value of every channel, 0 to 255
  public static Picture plain(int width, int height, int value) {
    byte[] rgb = new byte[3 * width * height];
    java.util.Arrays.fill(rgb, (byte) value);
    return new Picture(width, height, rgb);
  }

  /// Decodes PNG, JPEG, WebP, GIF (its first frame) or BMP, told by content and not by name.
  ///
  /// @param name how errors call it
  /// @throws PictureException when it is damaged, cut short, too large or of another kind
  public static Picture decode(byte[] file, String name, PictureLimits limits) {
    return new PictureDecoder(name, limits).decode(file);
  }

  /// Decodes a file.
  public static Picture read(Path file, PictureLimits limits) {
    if (!Files.isRegularFile(file)) {
      throw new PictureException(file + " must be a picture; there is no such file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      long limit = Math.min(limits.maxBytes(), Integer.MAX_VALUE - 9L);
      byte[] bytes = in.readNBytes((int) limit + 1);
      return decode(bytes, file.toString(), limits);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Decodes a `data:image/...;base64,...` URL.
  public static Picture ofDataUrl(String url, String name, PictureLimits limits) {
    int comma = url.indexOf(',');
    if (!url.startsWith("data:") || comma < 0 || !url.substring(0, comma).endsWith(";base64")) {
      throw new PictureException(name + " must be a data URL: data:image/png;base64,...");
    }
    if ((url.length() - comma) / 4 * 3L > limits.maxBytes() + 3) {
      throw new PictureException(name + " must be at most " + limits.maxBytes() + " bytes");
    }
    try {
      return decode(Base64.getMimeDecoder().decode(url.substring(comma + 1)), name, limits);
    } catch (IllegalArgumentException e) {
      throw new PictureException(name + " must hold base64 after the comma", e);
    }
  }

  /// The part that begins at (`x`, `y`).
  public Picture cut(int x, int y, int partWidth, int partHeight) {
    byte[] part = new byte[3 * partWidth * partHeight];
    for (int row = 0; row < partHeight; row++) {
      System.arraycopy(rgb, 3 * ((y + row) * width + x), part, 3 * row * partWidth, 3 * partWidth);
    }
    return new Picture(partWidth, partHeight, part);
  }

  /// Turned and mirrored as EXIF orientation 1 to 8 asks for.
  Picture oriented(int orientation) {
    if (orientation < 2 || orientation > 8) {
      return this;
    }
    boolean swap = orientation >= 5;
    int w = swap ? height : width;
    int h = swap ? width : height;
    byte[] out = new byte[rgb.length];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int fromX =
            switch (orientation) {
              case 2, 3 -> width - 1 - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> width - 1 - y;
            };
        int fromY =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> height - 1 - y;
              case 5, 8 -> x;
              default -> height - 1 - x;
            };
        System.arraycopy(rgb, 3 * (fromY * width + fromX), out, 3 * (y * w + x), 3);
      }
    }
    return new Picture(w, h, out);
  }
}

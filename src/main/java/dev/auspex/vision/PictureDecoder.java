package dev.auspex.vision;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// Bytes of a picture file to upright sRGB, through ImageIO.
///
/// Samples are taken as they are stored, as the reference processors do: no colour profile is
/// applied (but CMYK becomes RGB), 16 bits become 8 by leaving the low ones out, transparency is
/// laid on white.
final class PictureDecoder {
  private static final int WHITE = 255;

  private final String name;
  private final PictureLimits limits;

  PictureDecoder(String name, PictureLimits limits) {
    this.name = name;
    this.limits = limits;
  }

  Picture decode(byte[] file) {
    if (file.length > limits.maxBytes()) {
      throw wrong("be at most %,d bytes; make it smaller".formatted(limits.maxBytes()));
    }
    PictureFormat format =
        PictureFormat.of(file)
            .orElseThrow(() -> wrong("be a PNG, JPEG, WebP, GIF or BMP file; its content is none"));
    format.damage(file).ifPresent(damage -> throwDamaged(format, damage));
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      return read(format, in).oriented(Orientation.of(format, file));
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw damaged(format, e);
    } catch (PictureException e) {
      throw e;
    } catch (RuntimeException e) { // decoders fail on damage in many ways
      throw damaged(format, e);
    }
  }

  private Picture read(PictureFormat format, ImageInputStream in) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.readerName());
    if (!readers.hasNext()) {
      throw new IllegalStateException("no ImageIO reader for " + format);
    }
    ImageReader reader = readers.next();
    try {
      boolean[] warned = new boolean[1];
      reader.addIIOReadWarningListener((_, _) -> warned[0] = true);
      reader.setInput(in, true, true);
      long width = reader.getWidth(0);
      long height = reader.getHeight(0);
      if (width < 1 || height < 1) {
        throw wrong("have at least one pixel");
      }
      if (width * height > limits.maxPixels()) {
        throw wrong(
            "have at most %,d pixels, but is %,d x %,d; make it smaller"
                .formatted(limits.maxPixels(), width, height));
      }
      BufferedImage image = reader.read(0);
      return pixels(image);
    } finally {
      reader.dispose();
    }
  }

  private Picture pixels(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[3 * width * height];
    ColorModel colors = image.getColorModel();
    boolean plain =
        colors instanceof ComponentColorModel
            && (colors.getTransferType() == DataBuffer.TYPE_BYTE
                || colors.getTransferType() == DataBuffer.TYPE_USHORT)
            && !colors.isAlphaPremultiplied()
            && (colors.getColorSpace().getType() == ColorSpace.TYPE_GRAY
                || colors.getColorSpace().getType() == ColorSpace.TYPE_RGB);
    for (int y = 0; y < height; y++) {
      if (plain) {
        samples(image.getRaster(), colors, y, rgb);
      } else {
        converted(image, y, rgb);
      }
    }
    return new Picture(width, height, rgb);
  }

  /// One row as it is stored: Java would apply a gamma to grey ones.
  private static void samples(Raster raster, ColorModel colors, int y, byte[] rgb) {
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    int[] row =
        raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, new int[bands * width]);
    int numColors = colors.getNumColorComponents();
    int drop = Math.max(0, colors.getComponentSize(0) - 8);
    for (int x = 0; x < width; x++) {
      int alpha = colors.hasAlpha() ? row[x * bands + bands - 1] >> drop : 255;
      for (int c = 0; c < 3; c++) {
        int value = row[x * bands + (numColors == 1 ? 0 : c)] >> drop;
        rgb[3 * (y * width + x) + c] = (byte) onWhite(value, alpha);
      }
    }
  }

  private static void converted(BufferedImage image, int y, byte[] rgb) {
    int width = image.getWidth();
    int[] row = image.getRGB(0, y, width, 1, null, 0, width);
    for (int x = 0; x < width; x++) {
      for (int c = 0; c < 3; c++) {
        int value = row[x] >> 16 - 8 * c & 0xFF;
        rgb[3 * (y * width + x) + c] = (byte) onWhite(value, row[x] >>> 24);
      }
    }
  }

  private static int onWhite(int value, int alpha) {
    return alpha == 255 ? value : (value * alpha + WHITE * (255 - alpha) + 127) / 255;
  }

  private PictureException wrong(String rule) {
    return new PictureException(name + " must " + rule);
  }

  private void throwDamaged(PictureFormat format, String damage) {
    throw wrong("be a whole %s file: %s".formatted(format, damage));
  }

  private PictureException damaged(PictureFormat format, Exception e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new PictureException(
        "%s must be a whole %s file: %s"
            .formatted(name, format, reason.lines().findFirst().orElse("")),
        e);
  }
}

package dev.auspex.vision;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// Finds the EXIF orientation (tag 0x0112) in JPEG, PNG and WebP files.
final class Orientation {
  private static final int UPRIGHT = 1;
  private static final int TAG = 0x0112;

  private Orientation() {}

  /// 1 to 8; 1 where the file does not say, or not soundly.
  static int of(PictureFormat format, byte[] file) {
    return exif(format, file).map(Orientation::read).orElse(UPRIGHT);
  }

  private static Optional<ByteBuffer> exif(PictureFormat format, byte[] file) {
    return switch (format) {
      case JPEG -> jpeg(file);
      case PNG -> chunk(file, 8, "eXIf", ByteOrder.BIG_ENDIAN);
      case WEBP -> chunk(file, 12, "EXIF", ByteOrder.LITTLE_ENDIAN);
      case GIF, BMP -> Optional.empty();
    };
  }

  private static Optional<ByteBuffer> jpeg(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    int at = 2;
    while (at + 4 <= file.length && file[at] == (byte) 0xFF && file[at + 1] != (byte) 0xDA) {
      int length = in.getShort(at + 2) & 0xFFFF;
      if (file[at + 1] == (byte) 0xE1 && PictureFormat.startsWith(file, at + 4, "Exif\0\0")) {
        return slice(file, at + 10, length - 8);
      }
      at += 2 + length;
    }
    return Optional.empty();
  }

  /// PNG has length before name and a check sum after the data, RIFF name before length and even
  /// lengths.
  private static Optional<ByteBuffer> chunk(byte[] file, int start, String name, ByteOrder order) {
    boolean png = order == ByteOrder.BIG_ENDIAN;
    ByteBuffer in = ByteBuffer.wrap(file).order(order);
    long at = start;
    while (at + 8 <= file.length) {
      long length = in.getInt((int) at + (png ? 0 : 4)) & 0xFFFFFFFFL;
      if (PictureFormat.startsWith(file, (int) at + (png ? 4 : 0), name)) {
        int prefix = PictureFormat.startsWith(file, (int) at + 8, "Exif\0\0") ? 6 : 0;
        return slice(file, (int) at + 8 + prefix, length - prefix);
      }
      at += 8 + length + (png ? 4 : length % 2);
    }
    return Optional.empty();
  }

  private static Optional<ByteBuffer> slice(byte[] file, int at, long length) {
    return length < 8 || at + length > file.length
        ? Optional.empty()
        : Optional.of(ByteBuffer.wrap(file, at, (int) length).slice());
  }

  private static int read(ByteBuffer tiff) {
    tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = tiff.getInt(4) & 0xFFFFFFFFL;
    if (directory + 2 > tiff.limit()) {
      return UPRIGHT;
    }
    int count = tiff.getShort((int) directory) & 0xFFFF;
    for (int i = 0; i < count; i++) {
      long entry = directory + 2 + 12L * i;
      if (entry + 12 > tiff.limit()) {
        return UPRIGHT;
      }
      if ((tiff.getShort((int) entry) & 0xFFFF) == TAG) {
        int value = tiff.getShort((int) entry + 8) & 0xFFFF;
        return value >= 1 && value <= 8 ? value : UPRIGHT;
      }
    }
    return UPRIGHT;
  }
}

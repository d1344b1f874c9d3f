package dev.auspex.vision;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32;

/// Kinds of picture files, told by their first bytes, and what shows that one is cut short.
///
/// ImageIO fills what is missing with grey, or does not look at check sums; a model must not learn
/// from that.
enum PictureFormat {
  PNG("png"),
  JPEG("jpeg"),
  WEBP("webp"),
  GIF("gif"),
  BMP("bmp");

  private final String readerName;

  PictureFormat(String readerName) {
    this.readerName = readerName;
  }

  String readerName() {
    return readerName;
  }

  static Optional<PictureFormat> of(byte[] file) {
    if (startsWith(file, 0, "\u0089PNG\r\n\u001a\n")) {
      return Optional.of(PNG);
    }
    if (startsWith(file, 0, "\u00ff\u00d8\u00ff")) {
      return Optional.of(JPEG);
    }
    if (startsWith(file, 0, "RIFF") && startsWith(file, 8, "WEBP")) {
      return Optional.of(WEBP);
    }
    if (startsWith(file, 0, "GIF8")) {
      return Optional.of(GIF);
    }
    return startsWith(file, 0, "BM") ? Optional.of(BMP) : Optional.empty();
  }

  static boolean startsWith(byte[] file, int at, String latin1) {
    byte[] wanted = latin1.getBytes(StandardCharsets.ISO_8859_1);
    return file.length >= at + wanted.length
        && ByteBuffer.wrap(file, at, wanted.length).equals(ByteBuffer.wrap(wanted));
  }

  /// What is wrong with the file's frame; empty where nothing is.
  Optional<String> damage(byte[] file) {
    return switch (this) {
      case PNG -> png(file);
      case JPEG ->
          last(file, 0xFF, 0xD9) > last(file, 0xFF, 0xDA)
              ? Optional.empty()
              : Optional.of("it ends before its end marker");
      case GIF -> {
        int end = file.length;
        while (end > 0 && file[end - 1] == 0) {
          end--;
        }
        yield end > 0 && file[end - 1] == 0x3B
            ? Optional.empty()
            : Optional.of("it ends before its trailer");
      }
      case WEBP -> shorterThan(file, 8L + little(file, 4));
      case BMP -> file.length < 26 ? shorterThan(file, 26) : shorterThan(file, little(file, 2));
    };
  }

  private static Optional<String> shorterThan(byte[] file, long length) {
    return file.length >= length
        ? Optional.empty()
        : Optional.of("it has %,d of %,d bytes".formatted(file.length, length));
  }

  private static long little(byte[] file, int at) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(at) & 0xFFFFFFFFL;
  }

  private static int last(byte[] file, int first, int second) {
    for (int i = file.length - 2; i >= 0; i--) {
      if (file[i] == (byte) first && file[i + 1] == (byte) second) {
        return i;
      }
    }
    return -1;
  }

  private static Optional<String> png(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    int at = 8;
    while (at + 12L <= file.length) {
      long length = in.getInt(at) & 0xFFFFFFFFL;
      if (at + 12 + length > file.length) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(file, at + 4, 4 + (int) length);
      if ((int) crc.getValue() != in.getInt(at + 8 + (int) length)) {
        return Optional.of("the check sum at byte %,d is wrong".formatted(at));
      }
      if (startsWith(file, at + 4, "IEND")) {
        return Optional.empty();
      }
      at += 12 + (int) length;
    }
    return Optional.of("it ends before its end chunk");
  }
}

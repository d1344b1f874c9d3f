package dev.auspex.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTest {
  private static final Path FILES = Path.of("src/test/resources/pictures");

  /// Beside each file lies what Pillow 12.3 makes of it: width, height, RGB on white, upright.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "grey.png",
        "alpha.png",
        "grey-alpha.png",
        "palette.png",
        "bits.png",
        "grey16.png",
        "exif6.png",
        "first.gif",
        "lossless.webp",
        "alpha.webp",
        "exif6.webp",
        "rgb.jpg",
        "grey.jpg",
        "cmyk.jpg",
        "exif3.jpg",
        "exif5.jpg",
        "exif6.jpg",
        "exif8.jpg"
      })
  void everyKindOfFileGivesThePixelsOfTheReference(String name) throws IOException {
    ByteBuffer expected = ByteBuffer.wrap(Files.readAllBytes(FILES.resolve(name + ".rgb")));
    Picture picture = Picture.read(FILES.resolve(name), PictureLimits.STANDARD);
    assertEquals(expected.getShort(), picture.width());
    assertEquals(expected.getShort(), picture.height());
    int tolerance = name.equals("cmyk.jpg") ? 12 : name.endsWith("jpg") ? 3 : 1;
    for (int i = 0; i < picture.rgb().length; i++) {
      int want = expected.get() & 0xFF;
      int have = picture.rgb()[i] & 0xFF;
      int at = i;
      assertTrue(
          Math.abs(want - have) <= tolerance,
          () -> "%s byte %d: expected %d, got %d".formatted(name, at, want, have));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.png", "rgb.jpg", "cmyk.jpg", "first.gif", "lossless.webp"})
  void aFileCutShortAnywhereIsAnErrorInOneLine(String name) throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve(name));
    for (int length = 0; length < whole.length; length += 1 + length / 40) {
      byte[] cut = Arrays.copyOf(whole, length);
      PictureException e =
          assertThrows(
              PictureException.class,
              () -> Picture.decode(cut, "cut", PictureLimits.STANDARD),
              () -> name + " of " + cut.length + " bytes");
      assertEquals(1, e.getMessage().lines().count());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rgb.png", "rgb.jpg", "cmyk.jpg", "first.gif", "lossless.webp", "exif6.jpg"})
  void aFileWithDamagedBytesIsReadOrRefusedButNeverBreaksAnything(String name) throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve(name));
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 300; round++) {
      byte[] damaged = whole.clone();
      for (int i = 0; i <= random.nextInt(4); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        Picture.decode(damaged, "damaged", new PictureLimits(1 << 20, 1 << 20));
      } catch (PictureException _) {
        continue; // refused
      }
    }
  }

  @Test
  void aBombIsRefusedFromItsHeader() {
    byte[] bomb = pngHeader(50_000, 50_000);
    long before = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    PictureException e =
        assertThrows(
            PictureException.class, () -> Picture.decode(bomb, "bomb.png", PictureLimits.STANDARD));
    long after = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    assertTrue(e.getMessage().contains("50,000 x 50,000"), e::getMessage);
    assertTrue(after - before < 100L << 20, () -> "took " + (after - before) + " bytes");
  }

  private static byte[] pngHeader(int width, int height) {
    ByteBuffer png = ByteBuffer.allocate(8 + 25 + 12 + 12);
    png.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer header = ByteBuffer.allocate(13);
    header.putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0});
    chunk(png, "IHDR", header.array());
    chunk(png, "IDAT", new byte[0]);
    chunk(png, "IEND", new byte[0]);
    return png.array();
  }

  private static void chunk(ByteBuffer png, String name, byte[] data) {
    byte[] type = name.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(type);
    crc.update(data);
    png.putInt(data.length).put(type).put(data).putInt((int) crc.getValue());
  }

  @Test
  void theContentDecidesAndNotTheSuffix() throws IOException {
    byte[] png = Files.readAllBytes(FILES.resolve("rgb.png"));
    assertEquals(16, Picture.decode(png, "photo.jpg", PictureLimits.STANDARD).width());
    PictureException e =
        assertThrows(
            PictureException.class,
            () ->
                Picture.decode(
                    "just text".getBytes(StandardCharsets.UTF_8),
                    "text.png",
                    PictureLimits.STANDARD));
    assertTrue(e.getMessage().startsWith("text.png must be a PNG, JPEG"), e::getMessage);
  }

  @Test
  void aFileLargerThanTheLimitIsRefused() throws IOException {
    byte[] png = Files.readAllBytes(FILES.resolve("rgb.png"));
    assertThrows(
        PictureException.class, () -> Picture.decode(png, "x", new PictureLimits(50, 1000)));
    assertThrows(
        PictureException.class, () -> Picture.decode(png, "x", new PictureLimits(10_000, 100)));
  }

  @Test
  void aDataUrlGivesTheSamePicture() throws IOException {
    byte[] png = Files.readAllBytes(FILES.resolve("rgb.png"));
    String url = "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    Picture picture = Picture.ofDataUrl(url, "line 1", PictureLimits.STANDARD);
    assertArrayEquals(Picture.decode(png, "x", PictureLimits.STANDARD).rgb(), picture.rgb());
    for (String bad : List.of("data:image/png,abc", "data:image/png;base64,!!", "http://x/y")) {
      assertThrows(
          PictureException.class, () -> Picture.ofDataUrl(bad, "x", PictureLimits.STANDARD), bad);
    }
  }

  @Test
  void sixteenBitColourWithAlphaIsLaidOnWhite() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x00FF0000);
    image.setRGB(1, 0, 0xFF102030);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    Picture picture = Picture.decode(out.toByteArray(), "x", PictureLimits.STANDARD);
    assertArrayEquals(new byte[] {-1, -1, -1, 0x10, 0x20, 0x30}, picture.rgb());
  }

  @Test
  void realPicturesAreDecoded() throws IOException {
    Path images = Path.of(System.getProperty("auspex.shared", "../shared/data")).resolve("images");
    Assumptions.assumeTrue(Files.isDirectory(images), () -> images + " is absent");
    int seen = 0;
    for (String archive : List.of("flags", "openclipart", "tuxpaint_stamps", "handbook_figures")) {
      try (ZipFile zip = new ZipFile(images.resolve(archive).resolve("images.zip").toFile())) {
        for (var entry : zip.stream().filter(e -> !e.isDirectory()).limit(25).toList()) {
          byte[] file = zip.getInputStream(entry).readAllBytes();
          if (PictureFormat.of(file).isPresent()) {
            Picture picture = Picture.decode(file, entry.getName(), PictureLimits.STANDARD);
            assertTrue(Tiles.of(picture, PictureForm.of(64, 4)).squares().size() >= 1);
            seen++;
          }
        }
      }
    }
    int decoded = seen;
    assertTrue(decoded >= 50, () -> "decoded only " + decoded);
  }
}

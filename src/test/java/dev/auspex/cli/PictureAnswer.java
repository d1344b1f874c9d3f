package dev.auspex.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import tools.jackson.databind.JsonNode;

/// What a model says to a picture, as tests of picture models compare it.
final class PictureAnswer {
  private PictureAnswer() {}

  /// Draws 50 by 30 pixels, so that both steps of resizing and, in squares of 16, six tiles are
  /// needed.
  static Path picture(Path folder) throws IOException {
    BufferedImage image = new BufferedImage(50, 30, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 30; y++) {
      for (int x = 0; x < 50; x++) {
        image.setRGB(x, y, (5 * x & 255) << 16 | (8 * y + x & 255) << 8 | x * y & 255);
      }
    }
    Path file = folder.resolve("picture.png");
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  /// Twelve greedy tokens after a picture and a prompt, with their log-probabilities.
  static JsonNode of(Path model, Path image, String prompt) {
    return CliRun.of(
            "generate",
            "--model",
            model,
            "--image",
            image,
            "--prompt",
            prompt,
            "--max-tokens",
            12,
            "--temperature",
            0,
            "--logprobs",
            "--json")
        .json();
  }

  static int[] ids(JsonNode list) {
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = list.get(i).asInt();
    }
    return ids;
  }
}

package dev.auspex.cli;

import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/// What a model says to a picture, as tests of picture models compare it.
final class PictureAnswer {
  private PictureAnswer() {}

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

package dev.auspex.interchange;

import dev.auspex.model.VisionConfig;
import dev.auspex.vision.PictureForm;
import dev.auspex.vision.Resampling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The GGUF file beside a decoder's that reads pictures, as llama.cpp has it: architecture `clip`,
/// projector `idefics3`.
final class ProjectorFile {
  static final String ARCHITECTURE = "clip";
  private static final String AT = "clip.vision.";

  private ProjectorFile() {}

  /// Where the file of a decoder's file lies: `mmproj-NAME` beside `NAME`.
  static Path beside(Path decoder) {
    return decoder.resolveSibling("mmproj-" + decoder.getFileName());
  }

  /// The file that belongs to a decoder's: the one beside it, or under any name where the folder
  /// holds only one of each kind.
  static Optional<Path> existing(Path decoder) {
    Path beside = beside(decoder);
    if (Files.isRegularFile(beside)) {
      return Optional.of(beside);
    }
    Map<Boolean, List<Path>> byKind =
        ModelFiles.ggufFiles(decoder.toAbsolutePath().getParent()).stream()
            .collect(Collectors.partitioningBy(ProjectorFile::isOne));
    return byKind.get(true).size() == 1 && byKind.get(false).size() == 1
        ? Optional.of(decoder.resolveSibling(byKind.get(true).getFirst().getFileName()))
        : Optional.empty();
  }

  /// Whether a file's name says that it reads pictures.
  static boolean isOne(Path file) {
    return file.getFileName().toString().startsWith("mmproj");
  }

  /// Reads the sizes.
  ///
  /// @param decoderDim width that the projection must have
  /// @param imageToken id of the token that stands for a picture
  static Shape.Vision read(
      Path file, Map<String, Object> metadata, int decoderDim, int imageToken) {
    List<String> problems = new ArrayList<>();
    GgufKeys keys = new GgufKeys(metadata, problems);
    requireKind(keys);
    EncoderSizes sizes =
        new EncoderSizes(
            keys.positive(AT + "image_size", 0),
            keys.positive(AT + "patch_size", 0),
            keys.positive(AT + "projector.scale_factor", 0),
            keys.positive(AT + "embedding_length", 0),
            keys.positive(AT + "block_count", 0),
            keys.positive(AT + "attention.head_count", 0),
            keys.positive(AT + "feed_forward_length", 0),
            keys.number(AT + "attention.layer_norm_epsilon", 1e-6));
    int square = Math.min(sizes.imageSize(), EncoderSizes.LARGEST_IMAGE);
    int longest = keys.positive(AT + "preproc_image_size", ProcessorFiles.USUAL_SIDE * square);
    if (keys.positive(AT + "projection_dim", decoderDim) != decoderDim) {
      problems.add(AT + "projection_dim must be the decoder's width, " + decoderDim);
    }
    if (!sizes.keepRule()) {
      problems.add(AT + "image_size " + EncoderSizes.RULE);
    }
    if (!problems.isEmpty()) {
      throw new InterchangeException(file + ": " + String.join("; ", problems));
    }
    PictureForm form = PictureForm.of(sizes.imageSize(), longest, true, Resampling.LANCZOS);
    VisionConfig config = sizes.config(form.maxSide(), file + ": " + AT);
    return new Shape.Vision(Idefics3Config.IDEFICS3, config, form, imageToken);
  }

  private static void requireKind(GgufKeys keys) {
    expect(keys, "general.architecture", ARCHITECTURE);
    expect(keys, "clip.projector_type", Idefics3Config.IDEFICS3);
    if (!Boolean.TRUE.equals(keys.metadata().getOrDefault("clip.use_gelu", true))) {
      keys.problems().add("clip.use_gelu must be true");
    }
    for (String key : List.of(AT + "image_mean", AT + "image_std")) {
      if (keys.metadata().get(key) instanceof double[] numbers) {
        for (double number : numbers) {
          if (number != 0.5) {
            keys.problems().add(key + " (" + number + ") must be 0.5");
          }
        }
      }
    }
  }

  private static void expect(GgufKeys keys, String key, String wanted) {
    if (!keys.string(key).equals(wanted)) {
      keys.problems().add(key + " (" + keys.string(key) + ") must be " + wanted);
    }
  }

  /// The metadata of a file to write.
  static Map<String, Object> metadata(Shape shape, Shape.Vision vision, String name) {
    VisionConfig config = vision.config();
    double[] half = {0.5, 0.5, 0.5};
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("general.architecture", ARCHITECTURE);
    map.put("general.type", "mmproj");
    map.put("general.name", name);
    map.put("clip.has_vision_encoder", true);
    map.put("clip.projector_type", Idefics3Config.IDEFICS3);
    map.put("clip.use_gelu", true);
    map.put(AT + "projection_dim", new GgufWriter.Uint(shape.config().dim()));
    map.put(AT + "image_size", new GgufWriter.Uint(config.imageSize()));
    map.put(AT + "patch_size", new GgufWriter.Uint(config.patchSize()));
    map.put(AT + "embedding_length", new GgufWriter.Uint(config.dim()));
    map.put(AT + "feed_forward_length", new GgufWriter.Uint(config.ffnDim()));
    map.put(AT + "block_count", new GgufWriter.Uint(config.numLayers()));
    map.put(AT + "attention.head_count", new GgufWriter.Uint(config.numHeads()));
    map.put(AT + "attention.layer_norm_epsilon", (float) config.normEps());
    map.put(AT + "projector.scale_factor", new GgufWriter.Uint(config.shuffle()));
    map.put(AT + "preproc_image_size", new GgufWriter.Uint(vision.form().longestEdge()));
    map.put(AT + "image_mean", half);
    map.put(AT + "image_std", half);
    return map;
  }

  /// Where llama.cpp lays pictures out otherwise than Transformers and this system.
  static List<String> differences(PictureForm form, boolean hasEmptyLine) {
    List<String> differences = new ArrayList<>();
    if (form.maxSide() == 1) {
      differences.add(
          "llama.cpp shows a picture of one square twice, as a tile and as the thumbnail; the model"
              + " knows the thumbnail alone");
    } else {
      differences.add(
          "llama.cpp changes the size of pictures in another way than Transformers, and counts part"
              + " of a pixel as a row or column of tiles");
    }
    if (!hasEmptyLine) {
      differences.add(
          "llama.cpp needs the token of an empty line, which this vocabulary lacks; it will refuse"
              + " pictures");
    }
    return differences;
  }
}

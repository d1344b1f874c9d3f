package dev.auspex.interchange;

import dev.auspex.io.Json;
import dev.auspex.vision.PictureForm;
import dev.auspex.vision.Resampling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The files beside `config.json` that say how pictures are prepared: `preprocessor_config.json`,
/// or `processor_config.json` where newer writers put the same.
final class ProcessorFiles {
  static final String PREPROCESSOR = "preprocessor_config.json";
  static final String PROCESSOR = "processor_config.json";
  static final String CHAT_TEMPLATE = "chat_template.json";

  /// Copied as they are.
  static final List<String> ALL = List.of(PREPROCESSOR, PROCESSOR, CHAT_TEMPLATE);

  /// Pillow's numbers of the filters.
  private static final Map<Resampling, Integer> FILTERS =
      new EnumMap<>(Map.of(Resampling.LANCZOS, 1, Resampling.BILINEAR, 2, Resampling.BICUBIC, 3));

  /// Tiles along the longer side where nothing else is said.
  static final int USUAL_SIDE = 4;

  private final Path folder;
  private final String modelType;
  private final List<String> problems;

  /// @param config the folder's `config.json`
  /// @param problems where what cannot be followed is noted
  ProcessorFiles(Path config, String modelType, List<String> problems) {
    this.folder = config.resolveSibling(".").normalize();
    this.modelType = modelType;
    this.problems = problems;
  }

  /// How pictures stand in a sequence.
  ///
  /// @param imageSize side of the squares that the encoder reads
  PictureForm form(int imageSize) {
    JsonNode node = settings();
    if (node == null) {
      return named(PictureForm.of(imageSize, USUAL_SIDE));
    }
    JsonKeys keys = new JsonKeys(PREPROCESSOR + " ", node, problems);
    for (String key : List.of("do_resize", "do_rescale", "do_normalize")) {
      keys.require(key, true);
    }
    for (String key : List.of("image_mean", "image_std")) {
      for (JsonNode value : node.path(key)) {
        if (value.asDouble(-1) != 0.5) {
          keys.problem(key, "must be 0.5 for each channel");
        }
      }
    }
    if (Math.abs(keys.number("rescale_factor", 1.0 / 255) - 1.0 / 255) > 1e-9) {
      keys.problem("rescale_factor", "must be 1/255");
    }
    int square = edge(node, "max_image_size", 364);
    if (square != imageSize) {
      keys.problem("max_image_size", "must be vision_config.image_size, " + imageSize);
    }
    return named(
        PictureForm.of(
            imageSize,
            edge(node, "size", USUAL_SIDE * 364),
            node.path("do_image_splitting").asBoolean(true),
            resampling(keys)));
  }

  private @Nullable JsonNode settings() {
    Path processor = folder.resolve(PROCESSOR);
    if (Files.isRegularFile(processor)) {
      JsonNode inside = Json.readTree(processor).path("image_processor");
      if (inside.isObject()) {
        return inside;
      }
    }
    Path file = folder.resolve(PREPROCESSOR);
    return Files.isRegularFile(file) ? Json.readTree(file) : null;
  }

  private int edge(JsonNode node, String key, int usual) {
    JsonNode value = node.path(key);
    JsonKeys keys = new JsonKeys("%s %s.".formatted(PREPROCESSOR, key), value, problems);
    return keys.positive("longest_edge", value.isMissingNode() || value.isNull() ? usual : 0);
  }

  private static Resampling resampling(JsonKeys keys) {
    int number = keys.node().path("resample").asInt(FILTERS.get(Resampling.LANCZOS));
    for (Map.Entry<Resampling, Integer> filter : FILTERS.entrySet()) {
      if (filter.getValue() == number) {
        return filter.getKey();
      }
    }
    keys.problem("resample", "must be 1 (Lanczos), 2 (bilinear) or 3 (bicubic)");
    return Resampling.LANCZOS;
  }

  /// With the tokens' names that SmolVLM's processor takes from the tokenizer; Idefics3's are
  /// fixed.
  private PictureForm named(PictureForm form) {
    Path file = folder.resolve(HuggingFaceFolder.TOKENIZER_CONFIG);
    if (modelType.equals(Idefics3Config.IDEFICS3) || !Files.isRegularFile(file)) {
      return form;
    }
    JsonNode settings = Json.readTree(file);
    return form.named(
        name(settings, "image_token", form.image()),
        name(settings, "fake_image_token", form.around()),
        name(settings, "global_image_token", form.whole()));
  }

  private static String name(JsonNode settings, String key, String usual) {
    JsonNode value =
        settings.has(key) ? settings.path(key) : settings.path("extra_special_tokens").path(key);
    String name = value.path("content").asString(value.asString(usual));
    return name.isEmpty() ? usual : name;
  }

  /// Writes the files for a model whose source has none.
  static void write(Path folder, Shape.Vision vision, TokenRules rules) {
    PictureForm form = vision.form();
    String name = vision.modelType().equals(Idefics3Config.IDEFICS3) ? "Idefics3" : "SmolVLM";
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("image_processor_type", name + "ImageProcessor");
    node.put("processor_class", name + "Processor");
    node.put("do_convert_rgb", true);
    node.put("do_resize", true);
    node.putObject("size").put("longest_edge", form.longestEdge());
    node.put("do_image_splitting", form.splits());
    node.putObject("max_image_size").put("longest_edge", form.squareSize());
    node.put("resample", FILTERS.get(form.resampling()));
    node.put("do_rescale", true);
    node.put("rescale_factor", 1.0 / 255);
    node.put("do_normalize", true);
    node.putArray("image_mean").add(0.5).add(0.5).add(0.5);
    node.putArray("image_std").add(0.5).add(0.5).add(0.5);
    node.put("do_pad", true);
    Json.write(folder.resolve(PREPROCESSOR), node);
    Json.write(
        folder.resolve(PROCESSOR),
        Map.of("processor_class", name + "Processor", "image_seq_len", vision.config().tokens()));
    if (rules.chatTemplate() != null) {
      Json.write(folder.resolve(CHAT_TEMPLATE), Map.of("chat_template", rules.chatTemplate()));
    }
  }
}

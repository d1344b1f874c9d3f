package dev.auspex.config;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/// Trees of settings: read from YAML, made from overrides, laid one over the other. Knows no
/// record.
final class Layers {
  static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
          .disable(YAMLWriteFeature.USE_NATIVE_TYPE_ID)
          .disable(YAMLWriteFeature.SPLIT_LINES)
          .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
          .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build();

  private Layers() {}

  /// The tree of a YAML file.
  static ObjectNode file(Path file) {
    if (!Files.isRegularFile(file)) {
      String state = Files.exists(file) ? "it is no file" : "it does not exist";
      throw new ConfigException(file + " must be a YAML file; " + state);
    }
    try {
      return parse(decode(file), file.toString());
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// The tree of YAML text.
  /// @param origin where it came from, for messages
  static ObjectNode parse(String yaml, String origin) {
    try {
      JsonNode tree = YAML.readTree(yaml);
      return switch (tree) {
        case ObjectNode settings -> settings;
        case JsonNode n when n.isMissingNode() || n.isNull() -> YAML.createObjectNode();
        default ->
            throw new ConfigException(
                origin + " (" + Numbers.shown(tree) + ") must be a mapping of keys to values");
      };
    } catch (JacksonException e) {
      throw new ConfigException(origin + " must be valid YAML: " + reason(e));
    }
  }

  /// One tree of all overrides `a.b=value`; the last of two equal paths wins.
  /// @param problems gets a line for each override that cannot be read
  static ObjectNode overrides(List<String> assignments, List<String> problems) {
    ObjectNode tree = YAML.createObjectNode();
    for (String assignment : assignments) {
      try {
        assign(tree, assignment);
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    return tree;
  }

  /// Lays `upper` over `lower`, which is changed: mappings merge, all else is replaced; a mapping
  /// whose `type` differs is replaced whole, because the old type's keys would be unknown to it.
  static void merge(ObjectNode lower, ObjectNode upper) {
    for (Map.Entry<String, JsonNode> entry : upper.properties()) {
      if (lower.get(entry.getKey()) instanceof ObjectNode below
          && entry.getValue() instanceof ObjectNode above
          && !changesType(below, above)) {
        merge(below, above);
      } else {
        lower.set(entry.getKey(), entry.getValue().deepCopy());
      }
    }
  }

  private static boolean changesType(ObjectNode below, ObjectNode above) {
    JsonNode type = above.get(Schema.TYPE_KEY);
    return type != null && !type.equals(below.get(Schema.TYPE_KEY));
  }

  private static void assign(ObjectNode tree, String assignment) {
    int equals = assignment.indexOf('=');
    if (equals <= 0) {
      throw new ConfigException(
          "override (" + assignment + ") must have the form path=value; as in model.num_layers=6");
    }
    String[] keys = assignment.substring(0, equals).split("\\.", -1);
    ObjectNode node = tree;
    for (int i = 0; i < keys.length; i++) {
      if (keys[i].isBlank()) {
        throw new ConfigException(
            "override (" + assignment + ") must not have an empty key in its path");
      }
      if (i == keys.length - 1) {
        node.set(keys[i], scalarOrFlow(assignment, assignment.substring(equals + 1)));
      } else {
        node = node.get(keys[i]) instanceof ObjectNode below ? below : node.putObject(keys[i]);
      }
    }
  }

  private static JsonNode scalarOrFlow(String assignment, String yaml) {
    try {
      JsonNode value = YAML.readTree(yaml);
      return value.isMissingNode() ? YAML.getNodeFactory().nullNode() : value;
    } catch (JacksonException e) {
      throw new ConfigException(
          "override (" + assignment + ") must have a YAML value: " + reason(e));
    }
  }

  private static String decode(Path file) throws IOException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
          .toString();
    } catch (CharacterCodingException _) {
      throw new ConfigException(file + " must be text in UTF-8; save it in that encoding");
    }
  }

  private static String reason(JacksonException e) {
    return Json.reason(e).replaceAll("\\s+", " ").replaceFirst(": \\(java\\..*", "'");
  }
}

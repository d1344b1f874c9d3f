package dev.auspex.io;

import java.nio.file.Path;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// The one JSON mapper: snake_case keys, unknown and missing keys are errors, floats keep every
/// digit.
public final class Json {
  /// Shared, immutable, thread-safe.
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private Json() {}

  /// Reads a file as a tree; a broken file is a user error that names line and column.
  public static JsonNode readTree(Path file) {
    return read(file, JsonNode.class);
  }

  /// Reads a file as `type`; a broken file is a user error that names line and column.
  public static <T> T read(Path file, Class<T> type) {
    if (!java.nio.file.Files.isRegularFile(file)) {
      throw new FileException(file + " must be a JSON file; it does not exist");
    }
    try {
      T value = MAPPER.readValue(file.toFile(), type);
      if (value == null) {
        throw new FileException(file + " must hold a JSON value; it holds null");
      }
      return value;
    } catch (tools.jackson.core.JacksonException e) {
      throw new FileException(file + " must be valid JSON: " + reason(e));
    }
  }

  /// Writes `value` pretty-printed, atomically.
  public static void write(Path file, Object value) {
    AtomicFiles.writeString(
        file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n");
  }

  /// One line of JSON without the newline.
  public static String line(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /// A Jackson failure in one line: what is wrong, line and column.
  public static String reason(tools.jackson.core.JacksonException e) {
    String first =
        e.getOriginalMessage() == null
            ? e.getClass().getSimpleName()
            : e.getOriginalMessage().lines().findFirst().orElse("");
    return e.getLocation() == null || e.getLocation().getLineNr() < 0
        ? first
        : "line %d, column %d: %s"
            .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr(), first);
  }
}

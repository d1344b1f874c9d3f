package dev.auspex.interchange;

import java.util.List;
import java.util.Map;

/// Reads keys of a GGUF file's metadata and notes everything that cannot be followed.
///
/// @param metadata values by key
/// @param problems where they are noted
record GgufKeys(Map<String, Object> metadata, List<String> problems) {
  /// The text of a key, empty where there is none.
  String string(String key) {
    return metadata.get(key) instanceof String text ? text : "";
  }

  /// @param usual what an absent key means; 0 where it must be there
  int positive(String key, int usual) {
    Object value = metadata.get(key);
    if (value == null && usual > 0) {
      return usual;
    }
    if (value instanceof Long n && n >= 1 && n <= Integer.MAX_VALUE) {
      return n.intValue();
    }
    String shown =
        value instanceof Number || value instanceof String
            ? value.toString()
            : value == null ? "" : "a list";
    problems.add(key + " (" + shown + ") must be a positive whole number");
    return 1;
  }

  double number(String key, double usual) {
    return metadata.get(key) instanceof Double n
        ? Double.parseDouble(Float.toString(n.floatValue())) // 1e-5, not 9.99999974e-6
        : usual;
  }
}

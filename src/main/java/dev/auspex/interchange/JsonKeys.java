package dev.auspex.interchange;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// Reads keys of a configuration and notes everything that cannot be followed.
///
/// @param prefix what messages put before a key
/// @param node the object with the keys
/// @param problems where they are noted
record JsonKeys(String prefix, JsonNode node, List<String> problems) {
  private boolean absent(String key) {
    return node.path(key).isMissingNode() || node.path(key).isNull();
  }

  /// @param usual what an absent key means; 0 where it must be there
  int positive(String key, int usual) {
    JsonNode value = node.path(key);
    if (absent(key) && usual > 0) {
      return usual;
    }
    if (!value.isInt() || value.asInt() < 1) {
      problem(key, "must be a positive whole number");
      return 1;
    }
    return value.asInt();
  }

  double number(String key, double usual) {
    if (absent(key)) {
      return usual;
    }
    if (!node.path(key).isNumber()) {
      problem(key, "must be a number");
      return usual;
    }
    return node.path(key).asDouble();
  }

  /// Notes a value other than those allowed.
  void require(String key, String usual, String... allowed) {
    if (!List.of(allowed).contains(absent(key) ? usual : node.path(key).asString(""))) {
      problem(key, "must be " + String.join(" or ", allowed));
    }
  }

  /// Notes a truth value other than the one wanted, which is also what an absent key means.
  void require(String key, boolean wanted) {
    if (node.path(key).asBoolean(wanted) != wanted) {
      problem(key, "must be " + wanted);
    }
  }

  void problem(String key, String rule) {
    problems.add("%s%s (%s) %s".formatted(prefix, key, shown(node.path(key)), rule));
  }

  private static String shown(JsonNode value) {
    String text =
        value.isMissingNode() ? "" : value.isString() ? value.stringValue() : value.toString();
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }
}

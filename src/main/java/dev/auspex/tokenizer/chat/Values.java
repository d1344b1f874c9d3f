package dev.auspex.tokenizer.chat;

import dev.auspex.tokenizer.chat.Expression.Missing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What values mean where text, a truth value, a list or a number is wanted, as Python has it.
final class Values {
  private Values() {}

  static String text(Object value) {
    return switch (value) {
      case String string -> string;
      case Boolean truth -> truth ? "True" : "False";
      case List<?> list -> shown(list);
      case Map<?, ?> map -> shown(map);
      default -> value.toString();
    };
  }

  /// As Python shows it inside a list.
  private static String shown(Object value) {
    return switch (value) {
      case String string -> "'" + string.replace("\\", "\\\\").replace("'", "\\'") + "'";
      case List<?> list -> "[" + String.join(", ", list.stream().map(Values::shown).toList()) + "]";
      case Map<?, ?> map ->
          "{"
              + String.join(
                  ", ",
                  map.entrySet().stream()
                      .map(e -> shown(e.getKey()) + ": " + shown(e.getValue()))
                      .toList())
              + "}";
      default -> text(value);
    };
  }

  static boolean truth(Object value) {
    return switch (value) {
      case Boolean truth -> truth;
      case String string -> !string.isEmpty();
      case Long number -> number != 0;
      case Double number -> number != 0;
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case Missing _ -> false;
      default -> true;
    };
  }

  static List<?> items(Object value) {
    return switch (value) {
      case List<?> list -> list;
      case Map<?, ?> map -> new ArrayList<>(map.keySet());
      case String string -> string.codePoints().mapToObj(Character::toString).toList();
      case Missing missing when missing == Missing.UNDEFINED -> List.of();
      default -> throw new ChatTemplateException("the chat template must loop over a list");
    };
  }

  static double number(Object value) {
    return switch (value) {
      case Long number -> number;
      case Double number -> number;
      case Boolean truth -> truth ? 1 : 0;
      default ->
          throw new ChatTemplateException("the chat template must calculate with numbers only");
    };
  }

  static int index(Object value) {
    return (int) Math.clamp(number(value), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static long length(Object value) {
    return switch (value) {
      case String string -> string.codePointCount(0, string.length());
      case Map<?, ?> map -> map.size();
      default -> items(value).size();
    };
  }
}

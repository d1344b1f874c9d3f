package dev.auspex.tokenizer.chat;

import dev.auspex.io.Json;
import dev.auspex.tokenizer.chat.Expression.Missing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Filters, tests and methods of strings and maps.
final class Functions {
  private Functions() {}

  /// `input | name(arguments)`.
  static Object filter(String name, Object input, List<Object> arguments) {
    return switch (name) {
      case "trim" -> stripped(input, arguments, true, true);
      case "upper" -> Values.text(input).toUpperCase(Locale.ROOT);
      case "lower" -> Values.text(input).toLowerCase(Locale.ROOT);
      case "capitalize" -> capitalized(Values.text(input));
      case "title" -> titled(Values.text(input));
      case "length", "count" -> Values.length(input);
      case "string" -> Values.text(input);
      case "int" -> integer(input);
      case "list" -> new ArrayList<Object>(Values.items(input));
      case "first" -> edge(Values.items(input), true);
      case "last" -> edge(Values.items(input), false);
      case "items" -> entries(input);
      case "safe" -> input;
      case "join" ->
          String.join(
              arguments.isEmpty() ? "" : Values.text(arguments.getFirst()),
              Values.items(input).stream().map(Values::text).toList());
      case "replace" -> replaced(Values.text(input), arguments);
      case "default", "d" ->
          input == Missing.UNDEFINED && !arguments.isEmpty() ? arguments.getFirst() : input;
      case "tojson" -> Json.line(plain(input));
      default -> throw unsupported("filter", name);
    };
  }

  /// `input is name`.
  static boolean test(String name, Object input) {
    return switch (name) {
      case "defined" -> input != Missing.UNDEFINED;
      case "undefined" -> input == Missing.UNDEFINED;
      case "none" -> input == Missing.NONE;
      case "string" -> input instanceof String;
      case "mapping" -> input instanceof Map;
      case "sequence", "iterable" ->
          input instanceof List || input instanceof String || input instanceof Map;
      case "number" -> input instanceof Number;
      case "integer" -> input instanceof Long;
      case "boolean" -> input instanceof Boolean;
      case "true" -> input.equals(true);
      case "false" -> input.equals(false);
      case "odd" -> Values.number(input) % 2 != 0;
      case "even" -> Values.number(input) % 2 == 0;
      default -> throw unsupported("test", name);
    };
  }

  /// `owner.name(arguments)`.
  static Object method(Object owner, String name, List<Object> arguments) {
    if (owner instanceof Map<?, ?> map) {
      return switch (name) {
        case "items" -> entries(map);
        case "keys" -> new ArrayList<Object>(map.keySet());
        case "values" -> new ArrayList<Object>(map.values());
        case "get" -> {
          Object found = arguments.isEmpty() ? null : map.get(Values.text(arguments.getFirst()));
          yield found != null ? found : arguments.size() > 1 ? arguments.get(1) : Missing.NONE;
        }
        default -> throw unsupported("method", name);
      };
    }
    String text = Values.text(owner);
    return switch (name) {
      case "strip" -> stripped(text, arguments, true, true);
      case "lstrip" -> stripped(text, arguments, true, false);
      case "rstrip" -> stripped(text, arguments, false, true);
      case "upper", "lower", "capitalize", "title", "replace" -> filter(name, text, arguments);
      case "startswith" ->
          !arguments.isEmpty() && text.startsWith(Values.text(arguments.getFirst()));
      case "endswith" -> !arguments.isEmpty() && text.endsWith(Values.text(arguments.getFirst()));
      case "split" -> split(text, arguments);
      default -> throw unsupported("method", name);
    };
  }

  private static Object edge(List<?> items, boolean first) {
    return items.isEmpty() ? Missing.UNDEFINED : first ? items.getFirst() : items.getLast();
  }

  private static Object integer(Object input) {
    try {
      return input instanceof String text
          ? Long.valueOf(text.strip())
          : (long) Values.number(input);
    } catch (NumberFormatException e) {
      return 0L;
    }
  }

  private static List<Object> entries(Object input) {
    if (!(input instanceof Map<?, ?> map)) {
      throw new ChatTemplateException("the chat template must take items of a map");
    }
    List<Object> entries = new ArrayList<>();
    map.forEach((key, value) -> entries.add(List.of(key, value)));
    return entries;
  }

  private static String capitalized(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  private static String titled(String text) {
    StringBuilder out = new StringBuilder();
    boolean inside = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(inside ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inside = Character.isLetter(c);
    }
    return out.toString();
  }

  private static String replaced(String text, List<Object> arguments) {
    if (arguments.size() < 2) {
      throw new ChatTemplateException("the chat template must replace one text by another");
    }
    return text.replace(Values.text(arguments.getFirst()), Values.text(arguments.get(1)));
  }

  private static List<Object> split(String text, List<Object> arguments) {
    if (arguments.isEmpty()) {
      return text.isBlank()
          ? List.of()
          : new ArrayList<>(Arrays.asList(text.strip().split("\\s+")));
    }
    String separator = Values.text(arguments.getFirst());
    int most = arguments.size() > 1 ? Values.index(arguments.get(1)) : -1;
    String literally = java.util.regex.Pattern.quote(separator);
    return new ArrayList<>(
        Arrays.asList(most < 0 ? text.split(literally, -1) : text.split(literally, most + 1)));
  }

  private static String stripped(
      Object input, List<Object> arguments, boolean left, boolean right) {
    String text = Values.text(input);
    String some = arguments.isEmpty() ? " \t\n\r\f\u000b" : Values.text(arguments.getFirst());
    int from = 0;
    int to = text.length();
    while (left && from < to && some.indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    while (right && to > from && some.indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    return text.substring(from, to);
  }

  /// For JSON, what is not there becomes null.
  private static @org.jspecify.annotations.Nullable Object plain(Object value) {
    return switch (value) {
      case Missing _ -> null;
      case List<?> list -> {
        List<@org.jspecify.annotations.Nullable Object> out = new ArrayList<>();
        list.forEach(item -> out.add(plain(item)));
        yield out;
      }
      case Map<?, ?> map -> {
        Map<Object, @org.jspecify.annotations.Nullable Object> out = new LinkedHashMap<>();
        map.forEach((key, item) -> out.put(key, plain(item)));
        yield out;
      }
      default -> value;
    };
  }

  private static ChatTemplateException unsupported(String kind, String name) {
    return new ChatTemplateException(
        "the chat template uses the %s '%s', which is not supported".formatted(kind, name));
  }
}

package dev.auspex.config;

import dev.auspex.io.UserException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Turns a tree into records and notes every problem on the way instead of stopping at the first.
///
/// One binder serves one tree. A value with a problem becomes null and its record is not built, so
/// a record's own rules are only checked on parts that are sound.
final class RecordBinder {
  private final Class<?> root;
  private final Map<String, String> renamed;
  private final List<String> problems = new ArrayList<>();

  /// @param root the type of the whole tree, for suggestions
  /// @param renamed removed paths and the paths that replace them
  RecordBinder(Class<?> root, Map<String, String> renamed) {
    this.root = root;
    this.renamed = renamed;
  }

  /// Binds `tree` to the root type, or throws all its problems at once.
  Object bind(JsonNode tree) {
    Object value = value("", tree, root);
    if (!problems.isEmpty() || value == null) {
      throw new ConfigException(problems);
    }
    return value;
  }

  private @Nullable Object value(String path, JsonNode node, Type type) {
    Class<?> raw = Schema.raw(type);
    if (raw.isRecord()) {
      return record(path, node, raw, false);
    }
    if (raw.isSealed()) {
      return sealed(path, node, raw);
    }
    if (raw == List.class) {
      return list(path, node, Schema.argument(type, 0));
    }
    if (raw == Map.class) {
      return map(path, node, Schema.argument(type, 1));
    }
    if (raw.isEnum()) {
      return enumConstant(path, node, raw);
    }
    return scalar(path, node, raw);
  }

  private @Nullable Object scalar(String path, JsonNode node, Class<?> type) {
    if (type == int.class || type == Integer.class) {
      Long whole = whole(path, node, Integer.MIN_VALUE, Integer.MAX_VALUE);
      return whole == null ? null : whole.intValue();
    }
    if (type == long.class || type == Long.class) {
      return whole(path, node, Long.MIN_VALUE, Long.MAX_VALUE);
    }
    if (type == double.class || type == Double.class) {
      return number(path, node);
    }
    if (type == boolean.class || type == Boolean.class) {
      return node.isBoolean()
          ? (Object) node.booleanValue()
          : wrong(path, node, "be true or false");
    }
    if (type == String.class) {
      return text(path, node);
    }
    if (type == Path.class) {
      return path(path, node);
    }
    throw new IllegalStateException(path + ": " + type + " cannot be configured");
  }

  private @Nullable Long whole(String path, JsonNode node, long min, long max) {
    return switch (Numbers.whole(node, min, max)) {
      case Numbers.Whole.Value(long value) -> value;
      case Numbers.Whole.NotWhole() -> wrong(path, node, "be a whole number");
      case Numbers.Whole.OutOfRange() ->
          wrong(path, node, "be a whole number from %d to %d".formatted(min, max));
    };
  }

  private @Nullable Double number(String path, JsonNode node) {
    double value = Numbers.real(node);
    return Double.isFinite(value) ? (Double) value : wrong(path, node, "be a finite number");
  }

  private @Nullable String text(String path, JsonNode node) {
    if (node.isNumber() || node.isBoolean()) {
      return wrong(path, node, "be text; write it in quotes");
    }
    return node.isString() ? node.stringValue() : wrong(path, node, "be text");
  }

  private @Nullable Path path(String path, JsonNode node) {
    String text = text(path, node);
    try {
      return text == null ? null : Path.of(text);
    } catch (InvalidPathException _) {
      return wrong(path, node, "be a file path");
    }
  }

  private @Nullable Object enumConstant(String path, JsonNode node, Class<?> type) {
    List<String> known = Schema.constants(type);
    int index = node.isString() ? known.indexOf(node.stringValue()) : -1;
    if (index >= 0) {
      return type.getEnumConstants()[index];
    }
    String near =
        node.isString()
            ? Nearest.to(node.stringValue(), known).map(n -> "; nearest: " + n).orElse("")
            : "";
    return wrong(path, node, "be one of " + String.join(", ", known) + near);
  }

  private @Nullable List<Object> list(String path, JsonNode node, Type element) {
    if (!node.isArray()) {
      return wrong(path, node, "be a list");
    }
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      Object value = value(path + "[" + i + "]", node.get(i), element);
      if (value != null) {
        values.add(value);
      }
    }
    return List.copyOf(values);
  }

  private @Nullable Map<String, Object> map(String path, JsonNode node, Type element) {
    if (!node.isObject()) {
      return wrong(path, node, "be a mapping of names to values");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      Object value = value(child(path, entry.getKey()), entry.getValue(), element);
      if (value != null) {
        values.put(entry.getKey(), value);
      }
    }
    return java.util.Collections.unmodifiableMap(values);
  }

  private @Nullable Object sealed(String path, JsonNode node, Class<?> type) {
    SequencedMap<String, Class<?>> permitted = Schema.permitted(type);
    String known = String.join(", ", permitted.keySet());
    if (!node.isObject()) {
      return wrong(path, node, "be a mapping with 'type', one of " + known);
    }
    String typePath = child(path, Schema.TYPE_KEY);
    JsonNode id = node.get(Schema.TYPE_KEY);
    if (id == null) {
      problems.add(typePath + " (missing) must be one of " + known);
      return null;
    }
    Class<?> chosen = id.isString() ? permitted.get(id.stringValue()) : null;
    if (chosen == null) {
      String near =
          Nearest.to(id.asString(""), permitted.keySet()).map(n -> "; nearest: " + n).orElse("");
      return wrong(typePath, id, "be one of " + known + near);
    }
    return record(path, node, chosen, true);
  }

  private @Nullable Object record(String path, JsonNode node, Class<?> type, boolean typed) {
    if (!node.isObject()) {
      return wrong(path.isEmpty() ? "settings" : path, node, "be a mapping of keys to values");
    }
    SequencedMap<String, RecordComponent> components = Schema.components(type);
    int before = problems.size();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      boolean typeKey = typed && entry.getKey().equals(Schema.TYPE_KEY);
      if (!typeKey && !components.containsKey(entry.getKey())) {
        unknown(path, entry.getKey(), entry.getValue(), components);
      }
    }
    Object[] arguments = new Object[components.size()];
    int i = 0;
    for (Map.Entry<String, RecordComponent> entry : components.entrySet()) {
      arguments[i++] = component(child(path, entry.getKey()), node.get(entry.getKey()), entry);
    }
    return problems.size() > before ? null : construct(path, type, arguments);
  }

  private @Nullable Object component(
      String path, @Nullable JsonNode node, Map.Entry<String, RecordComponent> entry) {
    boolean absent = node == null || node.isNull();
    if (absent && Schema.isNullable(entry.getValue())) {
      return null;
    }
    if (node == null) {
      problems.add(path + " (missing) must be given; set it in the file or with " + path + "=...");
      return null;
    }
    return value(path, node, entry.getValue().getGenericType());
  }

  private @Nullable Object construct(String path, Class<?> type, Object[] arguments) {
    try {
      return canonical(type).newInstance(arguments);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case ConfigException rules -> rules.problems().forEach(p -> broken(path, type, p));
        case UserException rule -> broken(path, type, String.valueOf(rule.getMessage()));
        case null, default ->
            throw new IllegalStateException(type + " failed outside its rules", e.getCause());
      }
      return null;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " must be a public record", e);
    }
  }

  private static Constructor<?> canonical(Class<?> type) throws NoSuchMethodException {
    Class<?>[] parameters =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    return type.getDeclaredConstructor(parameters);
  }

  /// A rule of the record itself: its message starts with a key of the record, or is told whole.
  private void broken(String path, Class<?> type, String problem) {
    String first = problem.split("[ .\\[]", 2)[0];
    boolean named = Schema.components(type).containsKey(first);
    problems.add(path.isEmpty() ? problem : named ? path + "." + problem : path + ": " + problem);
  }

  private void unknown(
      String path, String key, JsonNode node, SequencedMap<String, RecordComponent> components) {
    String full = child(path, key);
    String replacement = renamed.get(full);
    if (replacement != null) {
      problems.add(full + " (" + Numbers.shown(node) + ") was removed; use " + replacement);
      return;
    }
    List<String> elsewhere = Schema.pathsTo(key, root);
    String hint =
        Nearest.to(key, components.keySet())
            .or(() -> elsewhere.stream().findFirst())
            .map(near -> "; did you mean " + (elsewhere.contains(near) ? near : child(path, near)))
            .map(text -> text + "?")
            .orElseGet(() -> "; known: " + String.join(", ", components.keySet()));
    wrong(full, node, "be a known key" + hint);
  }

  /// Notes `path (value) must rule` and stands for the value that could not be had.
  private <T> @Nullable T wrong(String path, JsonNode node, String rule) {
    problems.add(path + " (" + Numbers.shown(node) + ") must " + rule);
    return null;
  }

  private static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}

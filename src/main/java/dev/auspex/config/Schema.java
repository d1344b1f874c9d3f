package dev.auspex.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What keys a record type has, and which records a sealed type permits. Reads classes, no values.
final class Schema {
  /// The key that chooses among the records of a sealed type.
  static final String TYPE_KEY = "type";

  private Schema() {}

  /// A Java name in snake_case, by the same rule as the JSON mapper's.
  static String key(String javaName) {
    return javaName.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  /// The components of a record by key, in declaration order.
  static SequencedMap<String, RecordComponent> components(Class<?> recordType) {
    SequencedMap<String, RecordComponent> components = new LinkedHashMap<>();
    for (RecordComponent component : recordType.getRecordComponents()) {
      components.put(key(component.getName()), component);
    }
    return components;
  }

  /// The records a sealed type permits, also through nested sealed types, by type id.
  static SequencedMap<String, Class<?>> permitted(Class<?> sealedType) {
    SequencedMap<String, Class<?>> records = new LinkedHashMap<>();
    for (Class<?> permitted : sealedType.getPermittedSubclasses()) {
      if (permitted.isRecord()) {
        records.put(key(permitted.getSimpleName()), permitted);
      } else if (permitted.isSealed()) {
        records.putAll(permitted(permitted));
      } else {
        throw new IllegalStateException(permitted + " must be a record to be configured");
      }
    }
    return records;
  }

  static boolean isNullable(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  /// The class of a component's type, without its type arguments.
  static Class<?> raw(Type type) {
    return switch (type) {
      case Class<?> c -> c;
      case ParameterizedType p -> raw(p.getRawType());
      default -> throw new IllegalStateException(type + " cannot be configured");
    };
  }

  /// Type argument `index` of `List<X>` or `Map<String, X>`.
  static Type argument(Type type, int index) {
    if (type instanceof ParameterizedType p) {
      return p.getActualTypeArguments()[index];
    }
    throw new IllegalStateException(type + " must name its element type");
  }

  /// The constants of an enum as they are written in a file.
  static List<String> constants(Class<?> enumType) {
    return Arrays.stream(enumType.getEnumConstants())
        .map(constant -> constant(((Enum<?>) constant)))
        .toList();
  }

  /// An enum constant as it is written in a file: lower case.
  static String constant(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /// Every path whose last key is `key`, anywhere below `root`; for "you meant it there".
  static List<String> pathsTo(String key, Class<?> root) {
    TreeSet<String> found = new TreeSet<>();
    collect(key, root, "", new ArrayList<>(), found);
    return List.copyOf(found);
  }

  private static void collect(
      String key, Class<?> type, String prefix, List<Class<?>> above, TreeSet<String> found) {
    if (above.contains(type)) {
      return;
    }
    above.add(type);
    List<Class<?>> records =
        type.isRecord()
            ? List.of(type)
            : type.isSealed() ? List.copyOf(permitted(type).values()) : List.of();
    for (Class<?> recordType : records) {
      for (Map.Entry<String, RecordComponent> entry : components(recordType).entrySet()) {
        String path = prefix + entry.getKey();
        if (entry.getKey().equals(key)) {
          found.add(path);
        }
        collect(key, entry.getValue().getType(), path + ".", above, found);
      }
    }
    above.remove(type);
  }
}

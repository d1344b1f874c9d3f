package dev.auspex.config;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Turns records into the tree that `RecordBinder` would turn back into equal records.
final class RecordTree {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private RecordTree() {}

  /// The tree of `value`, whose declared type decides whether a `type` key is needed.
  static JsonNode of(@Nullable Object value, Type declared) {
    return switch (value) {
      case null -> NODES.nullNode();
      case Record r -> ofRecord(r, Schema.raw(declared));
      case List<?> list -> ofList(list, Schema.argument(declared, 0));
      case Map<?, ?> map -> ofMap(map, Schema.argument(declared, 1));
      case Enum<?> constant -> NODES.stringNode(Schema.constant(constant));
      case Integer number -> NODES.numberNode(number);
      case Long number -> NODES.numberNode(number);
      case Double number -> NODES.numberNode(number);
      case Boolean flag -> NODES.booleanNode(flag);
      default -> NODES.stringNode(value.toString());
    };
  }

  private static ObjectNode ofRecord(Record value, Class<?> declared) {
    ObjectNode node = NODES.objectNode();
    if (!declared.isRecord()) {
      node.put(Schema.TYPE_KEY, Schema.key(value.getClass().getSimpleName()));
    }
    Schema.components(value.getClass())
        .forEach((key, component) -> node.set(key, ofComponent(value, component)));
    return node;
  }

  private static JsonNode ofComponent(Record value, RecordComponent component) {
    try {
      return of(component.getAccessor().invoke(value), component.getGenericType());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(value.getClass() + " must be a public record", e);
    }
  }

  private static ArrayNode ofList(List<?> values, Type element) {
    ArrayNode node = NODES.arrayNode();
    values.forEach(value -> node.add(of(value, element)));
    return node;
  }

  private static ObjectNode ofMap(Map<?, ?> values, Type element) {
    ObjectNode node = NODES.objectNode();
    values.forEach((key, value) -> node.set(String.valueOf(key), of(value, element)));
    return node;
  }
}

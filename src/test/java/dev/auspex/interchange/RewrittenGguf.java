package dev.auspex.interchange;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A GGUF file taken apart and written again by a writer of the tests' own, with wider numbers in
/// its metadata, as the format allows.
final class RewrittenGguf {
  final Map<String, Object> metadata;
  final List<Item> items = new ArrayList<>();

  record Item(String name, long[] shape, int type, byte[] bytes) {}

  RewrittenGguf(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile.Content content = GgufFile.read(file, arena);
      metadata = new LinkedHashMap<>(content.metadata());
      content
          .tensors()
          .readable()
          .values()
          .forEach(
              tensor ->
                  items.add(
                      new Item(
                          tensor.name(),
                          tensor.shape(),
                          tensor.type().ggmlId(),
                          tensor.data().toArray(ValueLayout.JAVA_BYTE))));
    }
  }

  static void write(Path file, Map<String, Object> metadata, List<Item> items) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(number(4, 3));
    out.writeBytes(number(8, items.size()));
    out.writeBytes(number(8, metadata.size()));
    metadata.forEach(
        (key, value) -> {
          string(out, key);
          value(out, value);
        });
    long offset = 0;
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Item item : items) {
      string(out, item.name());
      out.writeBytes(number(4, item.shape().length));
      for (int i = item.shape().length - 1; i >= 0; i--) {
        out.writeBytes(number(8, item.shape()[i]));
      }
      out.writeBytes(number(4, item.type()));
      out.writeBytes(number(8, offset));
      data.writeBytes(item.bytes());
      data.writeBytes(new byte[(32 - data.size() % 32) % 32]);
      offset = data.size();
    }
    out.writeBytes(new byte[(32 - out.size() % 32) % 32]);
    out.writeBytes(data.toByteArray());
    Files.write(file, out.toByteArray());
  }

  private static void value(ByteArrayOutputStream out, Object value) {
    switch (value) {
      case String text -> {
        out.writeBytes(number(4, 8));
        string(out, text);
      }
      case Boolean truth -> {
        out.writeBytes(number(4, 7));
        out.write(truth ? 1 : 0);
      }
      case Long number -> {
        out.writeBytes(number(4, 10));
        out.writeBytes(number(8, number));
      }
      case Double number -> {
        out.writeBytes(number(4, 12));
        out.writeBytes(number(8, Double.doubleToLongBits(number)));
      }
      case List<?> list -> {
        out.writeBytes(number(4, 9));
        out.writeBytes(number(4, 8));
        out.writeBytes(number(8, list.size()));
        list.forEach(text -> string(out, (String) text));
      }
      case long[] numbers -> {
        out.writeBytes(number(4, 9));
        out.writeBytes(number(4, 11));
        out.writeBytes(number(8, numbers.length));
        for (long number : numbers) {
          out.writeBytes(number(8, number));
        }
      }
      default -> throw new IllegalArgumentException(value.toString());
    }
  }

  private static void string(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(number(8, bytes.length));
    out.writeBytes(bytes);
  }

  private static byte[] number(int width, long value) {
    byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return java.util.Arrays.copyOf(all, width);
  }
}

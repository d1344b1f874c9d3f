package dev.auspex.interchange;

import dev.auspex.io.FileException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the header of a GGUF file, version 2 or 3: metadata and where each tensor lies.
///
/// Every count and length is checked against the bytes that are left before anything is made of it;
/// errors name the byte. The numbers stay in the mapped file.
final class GgufFile {
  static final int MAGIC = 0x46554747; // "GGUF"

  /// Header and metadata of real models are a few megabytes.
  private static final long MAX_HEADER = 1L << 27;

  private static final int MAX_NAME = 1 << 16;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Numbers of the value types, as in the format's specification.
  private static final int STRING = 8;

  private static final int ARRAY = 9;
  private static final int[] WIDTHS = {1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8};

  private final Path file;
  private final MemorySegment data;
  private final long limit;
  private long at;

  /// @param metadata values: Long, Double, Boolean, String, `long[]`, `double[]`, `List<String>`
  record Content(Map<String, Object> metadata, TensorCheck.Tensors tensors) {}

  private record Described(String name, long[] shape, int type, long offset) {}

  private GgufFile(Path file, MemorySegment data) {
    this.file = file;
    this.data = data;
    this.limit = Math.min(data.byteSize(), MAX_HEADER);
  }

  /// Whether the file begins as GGUF files do.
  static boolean startsLikeOne(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(4), "GGUF".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  static Content read(Path file, Arena arena) {
    return new GgufFile(file, ModelFiles.map(file, arena)).content();
  }

  private Content content() {
    at = 4;
    int version = (int) uint("version");
    if (version != 2 && version != 3) {
      throw broken(4, "has version %d, must be 2 or 3".formatted(version));
    }
    long numTensors = count("number of tensors", 24);
    long numValues = count("number of metadata values", 13);
    Map<String, Object> metadata = new LinkedHashMap<>();
    for (long i = 0; i < numValues; i++) {
      long start = at;
      String key = string("key", MAX_NAME);
      if (metadata.put(key, value(key, (int) uint(key))) != null) {
        throw broken(start, "has key " + key + " twice");
      }
    }
    List<Described> described = new ArrayList<>();
    for (long i = 0; i < numTensors; i++) {
      described.add(described());
    }
    return new Content(metadata, tensors(described, alignment(metadata)));
  }

  private long alignment(Map<String, Object> metadata) {
    Object value = metadata.getOrDefault("general.alignment", 32L);
    if (value instanceof Long n && n >= 1 && n <= 1 << 20 && Long.bitCount(n) == 1) {
      return n;
    }
    throw broken(at, "has general.alignment (" + value + "), must be a power of two");
  }

  private Described described() {
    String name = string("tensor name", MAX_NAME);
    long where = at;
    long dims = uint(name);
    if (dims > 4) {
      throw broken(where, "gives tensor " + name + " " + dims + " dimensions, at most 4");
    }
    long[] shape = new long[(int) dims];
    for (int i = shape.length - 1; i >= 0; i--) {
      need(8, name);
      shape[i] = data.get(LONG, at);
      at += 8;
    }
    int type = (int) uint(name);
    need(8, name);
    long offset = data.get(LONG, at);
    at += 8;
    return new Described(name, shape, type, offset);
  }

  private TensorCheck.Tensors tensors(List<Described> list, long alignment) {
    long base = (at + alignment - 1) / alignment * alignment;
    TensorCheck.Tensors tensors =
        new TensorCheck.Tensors(new LinkedHashMap<>(), new LinkedHashMap<>());
    for (Described one : list) {
      Optional<NumberType> type = NumberType.ofGgml(one.type);
      if (tensors.readable().containsKey(one.name) || tensors.foreign().containsKey(one.name)) {
        throw broken(at, "has tensor " + one.name + " twice");
      }
      if (type.isEmpty()) {
        tensors.foreign().put(one.name, NumberType.ggmlName(one.type));
        continue;
      }
      long length = length(one, type.get());
      long room = data.byteSize() - base;
      if (one.offset < 0 || one.offset % alignment != 0 || length > room - one.offset) {
        throw broken(
            base,
            "puts tensor %s at %d + %d, beyond its end or unaligned"
                .formatted(one.name, one.offset, length));
      }
      MemorySegment bytes = data.asSlice(base + one.offset, length);
      tensors.readable().put(one.name, new StoredTensor(one.name, type.get(), one.shape, bytes));
    }
    return tensors;
  }

  private long length(Described one, NumberType type) {
    long count = 1;
    for (long size : one.shape) {
      if (size < 1 || Math.multiplyHigh(count, size) != 0 || count * size < 0) {
        throw broken(at, "gives tensor " + one.name + " the shape " + Arrays.toString(one.shape));
      }
      count *= size;
    }
    long row = one.shape.length == 0 ? 1 : one.shape[one.shape.length - 1];
    if (row % type.blockSize() != 0 || count > Long.MAX_VALUE / 8) {
      throw broken(
          at, "gives tensor %s of %s rows of %d".formatted(one.name, type.lowerCase(), row));
    }
    return type.bytes(count);
  }

  private Object value(String key, int type) {
    if (type == STRING) {
      return string(key, (int) MAX_HEADER);
    }
    if (type == ARRAY) {
      return array(key);
    }
    return number(key, type);
  }

  private Object array(String key) {
    int type = (int) uint(key);
    if (type < 0 || type >= WIDTHS.length || type == ARRAY) {
      throw broken(at - 4, "has %s as a list of type %d, which is unknown".formatted(key, type));
    }
    int count = (int) count(key, WIDTHS[type]);
    if (type == STRING) {
      List<String> list = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        list.add(string(key, MAX_NAME));
      }
      return list;
    }
    if (type == 6 || type == 12) {
      double[] numbers = new double[count];
      for (int i = 0; i < count; i++) {
        numbers[i] = (Double) number(key, type);
      }
      return numbers;
    }
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      Object number = number(key, type);
      numbers[i] = number instanceof Boolean truth ? truth ? 1 : 0 : (Long) number;
    }
    return numbers;
  }

  private Object number(String key, int type) {
    if (type < 0 || type >= WIDTHS.length || type == STRING || type == ARRAY) {
      throw broken(at - 4, "has %s of type %d, which is unknown".formatted(key, type));
    }
    need(WIDTHS[type], key);
    long start = at;
    at += WIDTHS[type];
    return switch (type) {
      case 0 -> data.get(ValueLayout.JAVA_BYTE, start) & 0xFFL;
      case 1 -> (long) data.get(ValueLayout.JAVA_BYTE, start);
      case 2 -> data.get(SHORT, start) & 0xFFFFL;
      case 3 -> (long) data.get(SHORT, start);
      case 4 -> data.get(ModelFiles.INT, start) & 0xFFFFFFFFL;
      case 5 -> (long) data.get(ModelFiles.INT, start);
      case 6 -> (double) Float.intBitsToFloat(data.get(ModelFiles.INT, start));
      case 7 -> data.get(ValueLayout.JAVA_BYTE, start) != 0;
      case 12 -> Double.longBitsToDouble(data.get(LONG, start));
      default -> data.get(LONG, start);
    };
  }

  private long uint(String what) {
    need(4, what);
    at += 4;
    return data.get(ModelFiles.INT, at - 4) & 0xFFFFFFFFL;
  }

  /// A number of things that take at least `width` bytes each.
  private long count(String what, int width) {
    need(8, what);
    long count = data.get(LONG, at);
    at += 8;
    if (count < 0 || count > (limit - at) / width) {
      throw broken(
          at - 8,
          "says %s is %s, more than its %d bytes can hold"
              .formatted(what, Long.toUnsignedString(count), data.byteSize()));
    }
    return count;
  }

  private String string(String what, int longest) {
    long length = count(what, 1);
    if (length > longest) {
      throw broken(at - 8, "has %s of %d bytes, at most %d".formatted(what, length, longest));
    }
    byte[] bytes = data.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    at += length;
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void need(long bytes, String what) {
    if (bytes > limit - at) {
      throw broken(at, "ends inside " + what);
    }
  }

  private InterchangeException broken(long offset, String what) {
    return new InterchangeException(
        "%s (byte %d) %s; fetch the file again"
            .formatted(file, offset, what.replaceAll("\\p{Cntrl}", "?")));
  }
}

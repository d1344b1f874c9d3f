package dev.auspex.checkpoint;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The safetensors format: 8 bytes little-endian header length, a JSON header, then raw numbers.
///
/// Offsets must be in order, without gaps or
/// overlaps, and end at the end of the file; anything else is refused with the offset.
public final class SafeTensors {
  private static final long MAX_HEADER = 100_000_000;

  private static final int MAX_DIMS = 16;

  /// Bytes of one element of each type that the format knows and that is whole bytes wide.
  private static final Map<String, Integer> WIDTHS =
      Map.ofEntries(
          Map.entry("F64", 8),
          Map.entry("F32", 4),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("I64", 8),
          Map.entry("U64", 8),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("I8", 1),
          Map.entry("U8", 1),
          Map.entry("BOOL", 1));

  private SafeTensors() {}

  /// A tensor as the header describes it.
  ///
  /// @param dtype the format's name of the element type, such as `BF16`
  /// @param start position of its first byte in the file
  /// @param length bytes
  public record Entry(String name, String dtype, long[] shape, long start, long length) {}

  /// Writes the numbers of one tensor.
  @FunctionalInterface
  public interface Data {
    /// Writes exactly the entry's `length` bytes.
    void writeTo(Entry entry, OutputStream out) throws IOException;
  }

  /// Writes tensors in the order of the map, atomically.
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<Entry> entries = new ArrayList<>();
    tensors.forEach(
        (name, tensor) -> {
          long length = tensor.numElements() * tensor.dtype().bytes();
          entries.add(new Entry(name, nameOf(tensor.dtype()), tensor.shape(), 0, length));
        });
    byte[] block = new byte[1 << 16];
    write(
        file,
        entries,
        metadata,
        (entry, out) ->
            copy(Device.toHost(tensors.get(entry.name)).contiguous().bytes(), block, out));
  }

  /// Writes tensors one after the other, atomically; `start` of the entries is not looked at.
  public static void write(
      Path file, List<Entry> entries, Map<String, String> metadata, Data data) {
    ObjectNode header = Json.MAPPER.createObjectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject("__metadata__")::put);
    }
    long offset = 0;
    for (Entry entry : entries) {
      ObjectNode node = header.putObject(entry.name);
      node.put("dtype", entry.dtype);
      var shape = node.putArray("shape");
      for (long size : entry.shape) {
        shape.add(size);
      }
      node.putArray("data_offsets").add(offset).add(offset + entry.length);
      offset += entry.length;
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    byte[] json = Arrays.copyOf(text, text.length + (8 - text.length % 8) % 8);
    Arrays.fill(json, text.length, json.length, (byte) ' ');
    AtomicFiles.write(
        file,
        out -> {
          out.write(
              ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
          out.write(json);
          for (Entry entry : entries) {
            data.writeTo(entry, out);
          }
        });
  }

  private static void copy(ByteBuffer from, byte[] block, OutputStream out) throws IOException {
    while (from.hasRemaining()) {
      int length = Math.min(block.length, from.remaining());
      from.get(block, 0, length);
      out.write(block, 0, length);
    }
  }

  /// Reads every tensor of a file into fresh memory; F32, BF16 and I64 only.
  public static Map<String, Tensor> read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Entry entry : entries(file, channel)) {
        DType dtype = dtypeOf(entry.dtype);
        if (dtype == null) {
          throw broken(
              file,
              entry.start,
              "holds " + entry.name + " as " + entry.dtype + ", not F32 or BF16");
        }
        Tensor tensor = Device.hostZeros(dtype, entry.shape);
        readFully(channel, tensor.bytes(), entry.start, file);
        tensors.put(entry.name, Device.fromHost(tensor));
      }
      return tensors;
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Reads and checks the header alone: what the file holds, in the order of its bytes.
  public static List<Entry> entries(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return entries(file, channel);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  private static List<Entry> entries(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw broken(file, 0, "is " + size + " bytes long, shorter than its header");
    }
    ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, prefix, 0, file);
    long length = prefix.flip().getLong();
    if (length < 2 || length > MAX_HEADER || length > size - 8) {
      throw broken(file, 0, "declares a header of " + length + " bytes in a file of " + size);
    }
    ByteBuffer json = ByteBuffer.allocate((int) length);
    readFully(channel, json, 8, file);
    JsonNode root;
    try {
      root = Json.MAPPER.readTree(json.array());
    } catch (JacksonException e) {
      throw broken(file, 8, "has a header that is not JSON (" + Json.reason(e) + ")");
    }
    if (!root.isObject()) {
      throw broken(file, 8, "has a header that is not a JSON object");
    }
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (!field.getKey().equals("__metadata__")) {
        entries.add(entry(file, field.getKey(), field.getValue(), 8 + length));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::start).thenComparingLong(Entry::length));
    checkSpans(file, entries, 8 + length, size);
    return entries;
  }

  private static void checkSpans(Path file, List<Entry> entries, long base, long size) {
    long expected = base;
    for (Entry entry : entries) {
      if (entry.start != expected) {
        throw broken(file, entry.start, "has a gap or overlap before tensor " + entry.name);
      }
      if (entry.length > size - entry.start) {
        throw broken(file, size, "ends before tensor " + entry.name + " does");
      }
      expected += entry.length;
    }
    if (expected != size) {
      throw broken(file, size, "must be " + expected + " bytes long, not " + size);
    }
  }

  private static Entry entry(Path file, String name, JsonNode node, long base) {
    JsonNode offsets = node.path("data_offsets");
    JsonNode sizes = node.path("shape");
    String dtype = node.path("dtype").asString("");
    Integer width = WIDTHS.get(dtype);
    if (width == null || offsets.size() != 2 || !sizes.isArray() || sizes.size() > MAX_DIMS) {
      throw broken(file, 8, "describes tensor " + name + " without a known dtype, shape, offsets");
    }
    long[] shape = new long[sizes.size()];
    long bytes = width;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i).asLong(-1);
      if (shape[i] < 0 || Math.multiplyHigh(bytes, shape[i]) != 0 || bytes * shape[i] < 0) {
        throw broken(file, 8, "gives tensor " + name + " a negative or huge size");
      }
      bytes *= shape[i];
    }
    long start = offsets.get(0).asLong(-1);
    long end = offsets.get(1).asLong(-1);
    if (start < 0 || end < start || end - start != bytes || start > Long.MAX_VALUE - base) {
      throw broken(file, base, "gives tensor " + name + " a span that does not fit its shape");
    }
    return new Entry(name, dtype, shape, base + start, bytes);
  }

  private static void readFully(FileChannel channel, ByteBuffer into, long at, Path file)
      throws IOException {
    long position = at;
    while (into.hasRemaining()) {
      int n = channel.read(into, position);
      if (n < 0) {
        throw broken(file, position, "ends early");
      }
      position += n;
    }
  }

  private static CheckpointException broken(Path file, long offset, String what) {
    return new CheckpointException(
        "%s (byte %d) %s; take an older checkpoint or copy it again".formatted(file, offset, what));
  }

  private static String nameOf(DType dtype) {
    return switch (dtype) {
      case FP32 -> "F32";
      case BF16 -> "BF16";
      case INT64 -> "I64";
    };
  }

  private static @org.jspecify.annotations.Nullable DType dtypeOf(String name) {
    return switch (name) {
      case "F32" -> DType.FP32;
      case "BF16" -> DType.BF16;
      case "I64" -> DType.INT64;
      default -> null;
    };
  }
}

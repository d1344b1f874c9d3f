package dev.auspex.checkpoint;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import dev.auspex.tensor.DType;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The safetensors format: 8 bytes little-endian header length, a JSON header, then raw numbers.
///
/// Reads F32 and BF16 and writes what it is given. Offsets must be in order, without gaps or
/// overlaps, and end at the end of the file; anything else is refused with the offset.
public final class SafeTensors {
  private static final long MAX_HEADER = 100_000_000;

  private SafeTensors() {}

  /// Writes tensors in the order of the map, atomically.
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    ObjectNode header = Json.MAPPER.createObjectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject("__metadata__")::put);
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      long end = offset + tensor.numElements() * tensor.dtype().bytes();
      ObjectNode node = header.putObject(entry.getKey());
      node.put("dtype", nameOf(tensor.dtype()));
      var shape = node.putArray("shape");
      for (long size : tensor.shape()) {
        shape.add(size);
      }
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String text = header.toString();
    byte[] json = (text + " ".repeat((8 - text.length() % 8) % 8)).getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(
        file,
        out -> {
          out.write(
              ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
          out.write(json);
          byte[] block = new byte[1 << 16];
          for (Tensor tensor : tensors.values()) {
            copy(tensor.contiguous().bytes(), block, out);
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

  /// Reads every tensor of a file into fresh memory.
  public static Map<String, Tensor> read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      List<Entry> entries = header(file, channel);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Entry entry : entries) {
        Tensor tensor = Tensor.zeros(entry.dtype, entry.shape);
        readFully(channel, tensor.bytes(), entry.start, file);
        tensors.put(entry.name, tensor);
      }
      return tensors;
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  private record Entry(String name, DType dtype, long[] shape, long start, long length) {}

  private static List<Entry> header(Path file, FileChannel channel) throws IOException {
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
    long expected = 0;
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (!field.getKey().equals("__metadata__")) {
        entries.add(entry(file, field.getKey(), field.getValue(), 8 + length));
      }
    }
    entries.sort(java.util.Comparator.comparingLong(Entry::start));
    for (Entry entry : entries) {
      if (entry.start != 8 + length + expected) {
        throw broken(file, entry.start, "has a gap or overlap before tensor " + entry.name);
      }
      expected += entry.length;
    }
    if (8 + length + expected != size) {
      throw broken(file, size, "must be " + (8 + length + expected) + " bytes long, not " + size);
    }
    return entries;
  }

  private static Entry entry(Path file, String name, JsonNode node, long base) {
    JsonNode offsets = node.path("data_offsets");
    JsonNode sizes = node.path("shape");
    DType dtype = dtypeOf(node.path("dtype").asString(""));
    if (dtype == null || offsets.size() != 2 || !sizes.isArray()) {
      throw broken(file, 8, "describes tensor " + name + " without a known dtype, shape, offsets");
    }
    long[] shape = new long[sizes.size()];
    long elements = 1;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i).asLong(-1);
      if (shape[i] < 0 || shape[i] > Integer.MAX_VALUE) {
        throw broken(file, 8, "gives tensor " + name + " a negative or huge size");
      }
      elements = Math.multiplyExact(elements, shape[i]);
    }
    long start = offsets.get(0).asLong(-1);
    long end = offsets.get(1).asLong(-1);
    if (start < 0 || end - start != elements * dtype.bytes()) {
      throw broken(file, base, "gives tensor " + name + " a span that does not fit its shape");
    }
    return new Entry(name, dtype, shape, base + start, end - start);
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

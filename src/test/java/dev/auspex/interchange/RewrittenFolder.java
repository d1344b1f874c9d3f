package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// A Hugging Face folder taken apart and written again as other programs write such folders.
final class RewrittenFolder {
  private final Path folder;

  /// Header entries by name, in the order of the header; their bytes lie in the order of `order`.
  final Map<String, Tensor> tensors = new LinkedHashMap<>();

  record Tensor(String dtype, long[] shape, byte[] bytes) {}

  RewrittenFolder(Path folder) throws IOException {
    this.folder = folder;
    Path file = folder.resolve("model.safetensors");
    byte[] all = Files.readAllBytes(file);
    for (SafeTensors.Entry entry : SafeTensors.entries(file)) {
      byte[] bytes = new byte[(int) entry.length()];
      System.arraycopy(all, (int) entry.start(), bytes, 0, bytes.length);
      tensors.put(entry.name(), new Tensor(entry.dtype(), entry.shape(), bytes));
    }
  }

  void rename(String prefix, String with) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) ->
            renamed.put(
                name.startsWith(prefix) ? with + name.substring(prefix.length()) : name, tensor));
    tensors.clear();
    tensors.putAll(renamed);
  }

  void config(Consumer<ObjectNode> change) {
    ObjectNode config = (ObjectNode) Json.readTree(folder.resolve("config.json"));
    change.accept(config);
    Json.write(folder.resolve("config.json"), config);
  }

  /// One file whose numbers lie in the opposite order of its header, which ends in blanks and has
  /// metadata of many kinds.
  void writeOddly() throws IOException {
    List<String> order = new ArrayList<>(tensors.keySet());
    Collections.reverse(order);
    Map<String, long[]> offsets = new LinkedHashMap<>();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (String name : order) {
      long start = data.size();
      data.writeBytes(tensors.get(name).bytes());
      offsets.put(name, new long[] {start, data.size()});
    }
    ObjectNode header = Json.MAPPER.createObjectNode();
    tensors.forEach(
        (name, tensor) -> {
          ObjectNode node = header.putObject(name);
          node.set("data_offsets", Json.MAPPER.valueToTree(offsets.get(name)));
          node.set("shape", Json.MAPPER.valueToTree(tensor.shape()));
          node.put("dtype", tensor.dtype());
        });
    ObjectNode metadata = header.putObject("__metadata__");
    metadata.put("total_size", "123").put("ünï", "\n{}").put("format", "mlx");
    byte[] json = (header.toString() + " ".repeat(13)).getBytes("UTF-8");
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
    file.writeBytes(json);
    file.writeBytes(data.toByteArray());
    Files.write(folder.resolve("model.safetensors"), file.toByteArray());
  }

  void write() {
    SafeTensors.write(
        folder.resolve("model.safetensors"),
        tensors.entrySet().stream()
            .map(
                entry ->
                    new SafeTensors.Entry(
                        entry.getKey(),
                        entry.getValue().dtype(),
                        entry.getValue().shape(),
                        0,
                        entry.getValue().bytes().length))
            .toList(),
        Map.of(),
        (entry, out) -> out.write(tensors.get(entry.name()).bytes()));
  }
}

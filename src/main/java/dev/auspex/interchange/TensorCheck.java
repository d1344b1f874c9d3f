package dev.auspex.interchange;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds the tensor of each slot among those of a file, and tells everything that does not fit.
final class TensorCheck {
  /// Tables that some writers add and that follow from the configuration.
  private static final Pattern DERIVED =
      Pattern.compile(
          ".*\\.rotary_emb\\.inv_freq|(transformer\\.)?h\\.\\d+\\.attn\\.(masked_)?bias"
              + "|rope_freqs\\.weight|.*embeddings\\.position_ids");

  private TensorCheck() {}

  /// @param tensors by name
  /// @param foreign names and types of tensors whose numbers cannot be read
  static Map<Slot, StoredTensor> match(Path file, Shape shape, List<Slot> slots, Tensors tensors) {
    List<String> problems = new ArrayList<>();
    Map<Slot, StoredTensor> matched = new LinkedHashMap<>();
    Set<String> left = new HashSet<>(tensors.readable.keySet());
    left.addAll(tensors.foreign.keySet());
    for (Slot slot : slots) {
      String name = tensors.nameOf(slot);
      StoredTensor stored = tensors.readable.get(name);
      left.remove(name);
      if (stored == null) {
        problems.add(missing(slot, tensors.foreign.get(name)));
      } else if (!Arrays.equals(stored.shape(), slot.shape())) {
        problems.add(
            "%s has shape %s, must be %s"
                .formatted(name, Arrays.toString(stored.shape()), Arrays.toString(slot.shape())));
      } else if (stored.type().quantized()
          && (slot.shape().length < 2 || slot.order() == Slot.Order.TRANSPOSED)) {
        problems.add(name + " is " + stored.type() + ", must be F32, F16 or BF16");
      } else {
        matched.put(slot, stored);
      }
    }
    left.removeIf(name -> DERIVED.matcher(name).matches());
    if (shape.config().tieEmbeddings()) {
      left.remove("lm_head.weight");
    }
    left.stream()
        .sorted()
        .forEach(name -> problems.add(name + " is not part of a " + shape.modelType()));
    if (!problems.isEmpty()) {
      throw new InterchangeException(
          "%s must fit its configuration; %d problem%s: %s"
              .formatted(
                  file,
                  problems.size(),
                  problems.size() == 1 ? "" : "s",
                  String.join("; ", problems)));
    }
    return matched;
  }

  private static String missing(Slot slot, @Nullable String foreignType) {
    return foreignType == null
        ? slot.name() + " is missing"
        : "%s is %s, must be one of %s"
            .formatted(slot.name(), foreignType, Arrays.toString(NumberType.values()));
  }

  /// The tensors of a file, those of types that cannot be read apart.
  record Tensors(Map<String, StoredTensor> readable, Map<String, String> foreign) {
    int size() {
      return readable.size() + foreign.size();
    }

    /// The slot's name, or without its first word: bare models are written so.
    private String nameOf(Slot slot) {
      String bare = slot.name().replaceFirst("^(model|transformer)\\.", "");
      boolean full = readable.containsKey(slot.name()) || foreign.containsKey(slot.name());
      boolean known = readable.containsKey(bare) || foreign.containsKey(bare);
      return !full && known ? bare : slot.name();
    }

    /// A model has at least nine tensors a layer or so; refuses counts that no file could hold.
    void requireLayers(Path file, String key, int layers) {
      if (layers > size()) {
        throw new InterchangeException(
            "%s: %s (%d) must fit the weights, which are %d tensors"
                .formatted(file, key, layers, size()));
      }
    }
  }
}

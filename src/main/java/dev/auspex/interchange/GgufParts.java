package dev.auspex.interchange;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A GGUF model in several files, as `llama-gguf-split` makes them: `NAME-00001-of-00003.gguf`
/// holds the metadata, the others only tensors.
final class GgufParts {
  private static final Pattern NAME = Pattern.compile("(.*-)(\\d{5})-of-(\\d{5})\\.gguf");
  private static final int MOST = 10_000;

  private GgufParts() {}

  /// Whether a file's name is that of a later part.
  static boolean isLater(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    return name.matches() && Integer.parseInt(name.group(2)) > 1;
  }

  /// The files of a model, the first first; one for most.
  ///
  /// @param metadata that of `file`
  static List<Path> of(Path file, Map<String, Object> metadata) {
    if (!(metadata.get("split.count") instanceof Long count) || count <= 1) {
      return List.of(file);
    }
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()
        || Integer.parseInt(name.group(2)) != 1
        || Integer.parseInt(name.group(3)) != count
        || count > MOST) {
      throw new InterchangeException(
          "%s must be the first of %d parts and be named NAME-00001-of-%05d.gguf; give that one"
              .formatted(file, count, count));
    }
    List<Path> parts = new ArrayList<>(List.of(file));
    List<String> missing = new ArrayList<>();
    for (int part = 2; part <= count; part++) {
      Path other = file.resolveSibling("%s%05d-of-%05d.gguf".formatted(name.group(1), part, count));
      parts.add(other);
      if (!Files.isRegularFile(other)) {
        missing.add(other.getFileName().toString());
      }
    }
    if (!missing.isEmpty()) {
      throw new InterchangeException(
          file + " must lie beside its other parts; missing: " + String.join(", ", missing));
    }
    return parts;
  }

  /// Adds the tensors of a later part to those of the first.
  static void add(Path part, TensorCheck.Tensors from, TensorCheck.Tensors to) {
    Set<String> twice = new HashSet<>(from.readable().keySet());
    twice.addAll(from.foreign().keySet());
    twice.removeIf(name -> !to.readable().containsKey(name) && !to.foreign().containsKey(name));
    if (!twice.isEmpty()) {
      throw new InterchangeException(part + " must not repeat tensors of earlier parts: " + twice);
    }
    to.readable().putAll(from.readable());
    to.foreign().putAll(from.foreign());
  }
}

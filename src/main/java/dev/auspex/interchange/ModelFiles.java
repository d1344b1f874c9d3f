package dev.auspex.interchange;

import dev.auspex.io.FileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// Finds out what kind of model a path is and opens it.
final class ModelFiles {
  private ModelFiles() {}

  /// A model, or an adapter with the model it names.
  static StoredModel open(Path path) {
    for (Path folder : List.of(path.resolve("model"), path)) {
      if (PeftAdapter.isIn(folder)) {
        return open(baseOf(folder), folder);
      }
    }
    return openWhole(path);
  }

  /// A model with an adapter.
  static StoredModel open(Path base, Path adapter) {
    StoredModel model = openWhole(base);
    try {
      boolean run = !PeftAdapter.isIn(adapter) && PeftAdapter.isIn(adapter.resolve("model"));
      return model.tunedBy(run ? adapter.resolve("model") : adapter);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /// The folder or file of the model that an adapter belongs to.
  private static Path baseOf(Path adapter) {
    Path file = adapter.resolve(PeftAdapter.CONFIG);
    if (Files.isRegularFile(adapter.resolve(HuggingFaceFolder.CONFIG))) {
      return adapter;
    }
    String name = PeftConfig.base(file);
    for (Path path : name.isEmpty() ? List.<Path>of() : candidates(adapter, name)) {
      if (Files.exists(path) && !PeftAdapter.isIn(path)) {
        return path;
      }
    }
    throw new InterchangeException(
        ("%s: base_model_name_or_path (%s) must be a model's folder or file here; name it with"
                + " auspex model merge --base MODEL --adapter %s --out DIR")
            .formatted(file, name, adapter));
  }

  private static List<Path> candidates(Path adapter, String name) {
    try {
      return List.of(adapter.resolve(name).normalize(), Path.of(name));
    } catch (InvalidPathException _) {
      return List.of();
    }
  }

  /// A model without an adapter.
  private static StoredModel openWhole(Path path) {
    if (!Files.exists(path)) {
      throw new InterchangeException(path + " must be a model folder or file; it does not exist");
    }
    Path inside = path.resolve("model");
    for (Path folder : List.of(inside, path)) {
      if (Files.isRegularFile(folder.resolve(HuggingFaceFolder.CONFIG))) {
        return opened(arena -> HuggingFaceFolder.open(folder, arena));
      }
    }
    Path file = Files.isDirectory(path) ? onlyGguf(path) : path;
    if (GgufFile.startsLikeOne(file)) {
      return opened(arena -> GgufModel.open(file, arena));
    }
    return opened(arena -> Llama2cFile.open(file, arena));
  }

  private static StoredModel opened(Function<Arena, StoredModel> open) {
    Arena arena = Arena.ofConfined();
    try {
      return open.apply(arena);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static Path onlyGguf(Path folder) {
    List<Path> files =
        ggufFiles(folder).stream()
            .filter(file -> !ProjectorFile.isOne(file) && !GgufParts.isLater(file))
            .toList();
    if (files.size() == 1) {
      return files.getFirst();
    }
    throw new InterchangeException(
        "%s must hold %s (or model/ with it) or one .gguf file; it holds %d .gguf files"
            .formatted(folder, HuggingFaceFolder.CONFIG, files.size()));
  }

  /// The `.gguf` files of a folder.
  static List<Path> ggufFiles(Path folder) {
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(file -> file.toString().endsWith(".gguf")).sorted().toList();
    } catch (IOException e) {
      throw new FileException(folder, e);
    }
  }

  /// Maps a whole file for reading; it takes memory only as it is read.
  static MemorySegment map(Path file, Arena arena) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
}

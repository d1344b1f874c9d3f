package dev.auspex.interchange;

import dev.auspex.io.FileException;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.model.Variant;
import dev.auspex.tokenizer.Llama2cVocabulary;
import dev.auspex.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Opens a llama2.c checkpoint of version 0: seven sizes, then the numbers in F32 without names.
///
/// Its vocabulary is a file of its own: the only `tok*.bin` in the same folder, else the
/// only `tok*.model`.
final class Llama2cFile {
  private static final int HEADER = 28;
  private static final double NORM_EPS = 1e-5; // run.c, rmsnorm

  private Llama2cFile() {}

  static StoredModel open(Path file, Arena arena) {
    MemorySegment data = ModelFiles.map(file, arena);
    GptConfig config = config(sizes(file, data));
    Shape shape = new Shape(Family.LLAMA, config, Variant.PLAIN);
    StoredModel.Origin origin =
        new StoredModel.Origin(
            file,
            List.of(file),
            () -> tokenizer(file, config.vocabSize()),
            () -> new TokenRules(1, true, List.of(2), null));
    return new StoredModel(shape, slots(file, data, shape), origin, arena);
  }

  private static GptConfig config(int[] sizes) {
    int dim = sizes[0];
    return new GptConfig(
        Math.abs(sizes[5]),
        sizes[6],
        dim,
        sizes[2],
        sizes[3],
        sizes[4],
        dim / sizes[3],
        sizes[1],
        10000,
        NORM_EPS,
        false,
        sizes[5] > 0,
        new Mup(dim, sizes[2]));
  }

  /// The stretch of the file that each slot takes, one after the other.
  private static Map<Slot, StoredTensor> slots(Path file, MemorySegment data, Shape shape) {
    Map<Slot, StoredTensor> matched = new LinkedHashMap<>();
    GptConfig config = shape.config();
    long at = HEADER;
    for (Slot slot : Layouts.llama2c(shape)) {
      if (slot.name().equals("wcls")) {
        at = tables(config, at);
      }
      long length = product(slot.shape()) * Float.BYTES;
      if (length > data.byteSize() - at) {
        throw notOne(file, "ends inside " + slot.name() + " (byte " + data.byteSize() + ")");
      }
      matched.put(
          slot,
          new StoredTensor(slot.name(), NumberType.F32, slot.shape(), data.asSlice(at, length)));
      at += length;
    }
    at = config.tieEmbeddings() ? tables(config, at) : at;
    if (at != data.byteSize()) {
      throw notOne(file, "must be " + at + " bytes long, not " + data.byteSize());
    }
    return matched;
  }

  /// Rotary tables that the file holds and nobody needs.
  private static long tables(GptConfig config, long at) {
    return at + (long) config.contextLength() * config.headDim() * Float.BYTES;
  }

  private static long product(long[] shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return count;
  }

  private static int[] sizes(Path file, MemorySegment data) {
    int[] sizes = new int[7];
    for (int i = 0; i < 7 && data.byteSize() >= HEADER; i++) {
      sizes[i] = data.get(ModelFiles.INT, 4L * i);
    }
    long limit = data.byteSize() / Float.BYTES;
    for (int i = 0; i < 7; i++) {
      int size = i == 5 ? Math.abs(sizes[i]) : sizes[i];
      if (size < 1 || size > limit) {
        throw notOne(file, "has no such header (number " + (i + 1) + " is " + sizes[i] + ")");
      }
    }
    if (sizes[0] % sizes[3] != 0) {
      throw notOne(file, "has %d heads for width %d".formatted(sizes[3], sizes[0]));
    }
    if ((double) sizes[2] * sizes[0] * (sizes[0] + 3.0 * sizes[1]) > limit) {
      throw notOne(file, "is too short for its %d layers".formatted(sizes[2]));
    }
    return sizes;
  }

  private static InterchangeException notOne(Path file, String why) {
    return new InterchangeException(
        file + " must be a GGUF or llama2.c (version 0) file or a folder; as llama2.c it " + why);
  }

  private static Tokenizer tokenizer(Path file, int vocabSize) {
    Path folder = file.toAbsolutePath().getParent();
    List<Path> found = named(folder, "tok.*\\.bin");
    if (found.size() == 1) {
      return Llama2cVocabulary.read(found.getFirst(), vocabSize);
    }
    List<Path> models = named(folder, "tok.*\\.model");
    if (found.isEmpty() && models.size() == 1) {
      return ofSize(models.getFirst(), vocabSize);
    }
    throw new InterchangeException(
        "%s must hold one tok*.bin, or one tok*.model, beside %s; it holds %d and %d"
            .formatted(folder, file.getFileName(), found.size(), models.size()));
  }

  private static Tokenizer ofSize(Path file, int vocabSize) {
    Tokenizer tokenizer = Tokenizer.load(file);
    if (tokenizer.vocabSize() != vocabSize) {
      throw new InterchangeException(
          "%s must hold the %d tokens of the model; it holds %d"
              .formatted(file, vocabSize, tokenizer.vocabSize()));
    }
    return tokenizer;
  }

  private static List<Path> named(Path folder, String pattern) {
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(path -> path.getFileName().toString().matches(pattern)).toList();
    } catch (IOException e) {
      throw new FileException(folder, e);
    }
  }
}

package dev.auspex.data;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The content of `dataset.json`: all that reading the shards takes.
///
/// @param format [#FORMAT]
/// @param bytesPerToken width of a token in the shards: 2 or 4
/// @param endId token behind every document
/// @param licences of all sources, each once
/// @param train the text to train on
/// @param heldout the text training never sees
/// @param files what the encoder keeps in the folder, such as `tokenizer.json`, and its SHA-256
/// @param tokenByteLengths by id, the bytes of text a token stands for
public record DatasetManifest(
    String format,
    int vocabSize,
    int bytesPerToken,
    int endId,
    List<String> licences,
    Part train,
    Part heldout,
    Map<String, String> files,
    List<Integer> tokenByteLengths) {
  /// Name and version of the format.
  public static final String FORMAT = "auspex-dataset-1";

  /// The file's name.
  public static final String FILE = "dataset.json";

  /// One side of the split.
  ///
  /// @param bytes of text
  /// @param tokens end tokens included
  public record Part(long documents, long bytes, long tokens, List<Shard> shards) {}

  /// One shard file.
  ///
  /// @param sha256 of the whole file
  /// @param blocks CRC32C of every [ShardFormat#BLOCK_BYTES] bytes of the file, in hex, to find
  ///     where it was damaged
  public record Shard(String file, long tokens, String sha256, List<String> blocks) {}

  /// Whether a folder is a dataset of ours, damaged or not.
  static boolean isIn(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      return Files.isRegularFile(file)
          && FORMAT.equals(Json.readTree(file).path("format").asString(""));
    } catch (FileException _) {
      return false;
    }
  }

  /// Reads and checks `dataset.json`.
  static DatasetManifest read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          "data (%s) must be a folder written by 'auspex data build'; it has no %s"
              .formatted(folder, FILE));
    }
    DatasetManifest manifest = Json.read(file, DatasetManifest.class);
    manifest.check(file);
    return manifest;
  }

  private void check(Path file) {
    boolean sound =
        FORMAT.equals(format)
            && vocabSize > 0
            && bytesPerToken == ShardFormat.bytesPerToken(vocabSize)
            && endId >= 0
            && endId < vocabSize
            && tokenByteLengths.size() == vocabSize
            && isSound(train)
            && isSound(heldout)
            && files.keySet().stream().allMatch(name -> name.matches("\\w[\\w.-]*"));
    if (!sound) {
      throw new DataException(
          "%s must be a whole %s manifest whose numbers agree; build the dataset again"
              .formatted(file, FORMAT));
    }
  }

  private static boolean isSound(Part part) {
    return part.tokens >= 0
        && part.bytes >= 0
        && part.tokens == part.shards.stream().mapToLong(Shard::tokens).sum()
        && part.shards.stream().allMatch(shard -> shard.tokens > 0)
        && part.shards.stream().allMatch(shard -> shard.file.matches("[a-z]+-\\d{5,}\\.bin"));
  }
}

package dev.auspex.data;

import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;

/// A dataset folder opened for reading: training order and held-out windows. Thread-safe.
public final class TokenDataset implements AutoCloseable {
  private final Path folder;
  private final DatasetInfo info;
  private final Shard train;
  private final Shard heldout;

  private TokenDataset(Path folder, DatasetInfo info) {
    this.folder = folder;
    this.info = info;
    this.train = new Shard(folder.resolve("train.bin"), info.train(), info.vocabSize());
    this.heldout = new Shard(folder.resolve("heldout.bin"), info.heldout(), info.vocabSize());
  }

  /// Whether a folder holds a dataset.
  public static boolean isDataset(Path folder) {
    return Files.isRegularFile(folder.resolve("dataset.json"));
  }

  /// Opens a folder made by {@link DatasetBuilder}; sizes are checked, hashes by {@link #verify}.
  public static TokenDataset open(Path folder) {
    if (!isDataset(folder)) {
      throw new DataException(
          "data ("
              + folder
              + ") must be a dataset folder with dataset.json; make one with: auspex data build");
    }
    DatasetInfo info = Json.read(folder.resolve("dataset.json"), DatasetInfo.class);
    if (info.format() != 1 || info.tokenBytes().length != info.vocabSize()) {
      throw new DataException(
          folder.resolve("dataset.json") + ": format and token_bytes must fit; build it again");
    }
    return new TokenDataset(folder, info);
  }

  /// Compares both shards with the hashes on record.
  public void verify() {
    train.verify();
    heldout.verify();
  }

  /// Token ids lie below this.
  public int vocabSize() {
    return info.vocabSize();
  }

  /// Tokens to train on.
  public long trainTokens() {
    return train.tokens();
  }

  /// Held-out tokens.
  public long heldoutTokens() {
    return heldout.tokens();
  }

  /// One hash that stands for all tokens: the SHA-256 of `dataset.json`, which holds the shards'.
  public String sha256() {
    return Hashes.sha256(folder.resolve("dataset.json"));
  }

  /// Training sequences of `seqLen` inputs in the order of `seed`.
  public BatchSource train(long seed, int seqLen) {
    return new BatchSource(train, seed, seqLen);
  }

  /// Held-out windows of `seqLen` inputs, at most `most` of them (0 for all), evenly spread.
  public HeldoutWindows heldout(int seqLen, int most) {
    return new HeldoutWindows(heldout, info.tokenBytes(), seqLen, most);
  }

  @Override
  public void close() {
    train.close();
    heldout.close();
  }
}

package dev.auspex.data;

import dev.auspex.io.Hashes;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// A dataset folder opened for reading; its shards are mapped, not loaded.
///
/// Batches and windows made from it are valid until it is closed. Safe to use from several threads.
public final class TokenDataset implements AutoCloseable {
  private final Path folder;
  private final DatasetManifest manifest;
  private final Arena arena;
  private final TokenStream train;
  private final TokenStream heldout;
  private final int[] byteLengths;
  private final String sha256;

  private TokenDataset(DatasetManifest manifest, Arena arena, Path folder) {
    this.folder = folder;
    this.manifest = manifest;
    this.arena = arena;
    this.train = stream(manifest.train());
    this.heldout = stream(manifest.heldout());
    this.byteLengths = manifest.tokenByteLengths().stream().mapToInt(Integer::intValue).toArray();
    this.sha256 = Hashes.sha256(folder.resolve(DatasetManifest.FILE));
  }

  private TokenStream stream(DatasetManifest.Part part) {
    return TokenStream.open(folder, part.shards(), manifest.vocabSize(), arena);
  }

  /// Opens a folder and checks the manifest and each shard's header and size.
  public static TokenDataset open(Path folder) {
    DatasetManifest manifest = DatasetManifest.read(folder);
    Arena arena = Arena.ofShared();
    try {
      return new TokenDataset(manifest, arena, folder);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /// Whether a folder is a dataset, sound or damaged, and not text to make one of.
  public static boolean isDataset(Path folder) {
    return DatasetManifest.isIn(folder);
  }

  /// What tells this dataset from all others: the SHA-256 of `dataset.json`, which holds those of
  /// the shards.
  public String sha256() {
    return sha256;
  }

  /// Reads every file and compares it with its hash; damage is told by file and offsets.
  public void verify() {
    train.verify();
    heldout.verify();
    manifest.files().forEach(this::verifyFile);
  }

  private void verifyFile(String name, String expected) {
    Path file = folder.resolve(name);
    if (!Hashes.sha256(file).equals(expected)) {
      throw new DataException(
          file + " must be as it was written; its SHA-256 differs, build the dataset again");
    }
  }

  /// What `dataset.json` says.
  public DatasetManifest manifest() {
    return manifest;
  }

  /// Tokens to train on, end tokens included.
  public long trainTokens() {
    return train.length();
  }

  /// Bytes of text to train on.
  public long trainBytes() {
    return manifest.train().bytes();
  }

  /// Tokens held out, end tokens included.
  public long heldoutTokens() {
    return heldout.length();
  }

  /// Bytes of text held out.
  public long heldoutBytes() {
    return manifest.heldout().bytes();
  }

  /// One more than the highest id.
  public int vocabSize() {
    return manifest.vocabSize();
  }

  /// Training sequences of `seqLen` inputs, in the order of `seed`.
  public BatchSource train(long seed, int seqLen) {
    return new BatchSource(train, seed, seqLen);
  }

  /// Held-out windows of `seqLen`.
  ///
  /// @param maxWindows how many at most, 0 for all
  public HeldoutWindows heldout(int seqLen, int maxWindows) {
    return new HeldoutWindows(heldout, manifest, byteLengths, seqLen, maxWindows);
  }

  /// Unmaps the shards.
  @Override
  public void close() {
    arena.close();
  }
}

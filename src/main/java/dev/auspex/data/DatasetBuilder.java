package dev.auspex.data;

import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Turns a corpus into a dataset folder: encodes on all cores, writes in the order of reading.
///
/// The same corpus and encoder give the same bytes whatever the number of threads. Nothing appears
/// under the target's name until everything is on disk. One builder builds once.
public final class DatasetBuilder {
  /// Name of the ledger in a dataset folder.
  public static final String LEDGER = "ledger.json";

  /// Name of the held-out texts in a dataset folder.
  public static final String HELDOUT_TEXTS = "heldout.jsonl";

  private final Corpus corpus;
  private final TokenEncoder encoder;
  private final long tokensPerShard;
  private final int[] byteLengths;
  private final List<SourceCount> counts;
  private final List<Drops> drops;

  private DatasetBuilder(Corpus corpus, TokenEncoder encoder, long tokensPerShard) {
    this.corpus = corpus;
    this.encoder = encoder;
    this.tokensPerShard = tokensPerShard;
    this.byteLengths = IntStream.range(0, encoder.vocabSize()).map(encoder::byteLength).toArray();
    this.counts = corpus.sources().stream().map(_ -> new SourceCount()).toList();
    this.drops = corpus.drops(Progress.NONE); // the scan has told them
  }

  /// Fails unless a dataset can be put at `out`: free, empty, or a dataset of ours. To be called
  /// before long work.
  public static void checkTarget(Path out) {
    OutputFolder.check(out);
  }

  /// Builds the dataset and replaces an earlier one at `out`.
  ///
  /// @param threads encoders beside the thread that reads and writes
  /// @return the ledger, as written
  public static Ledger build(
      Corpus corpus, TokenEncoder encoder, int threads, Path out, Progress progress) {
    return build(corpus, encoder, threads, out, progress, ShardFormat.LARGEST);
  }

  /// The same with shards of another size.
  static Ledger build(
      Corpus corpus,
      TokenEncoder encoder,
      int threads,
      Path out,
      Progress progress,
      long tokensPerShard) {
    try (OutputFolder folder = OutputFolder.begin(out)) {
      DatasetBuilder builder = new DatasetBuilder(corpus, encoder, tokensPerShard);
      Ledger ledger = builder.write(folder.building(), threads, progress);
      folder.commit();
      return ledger;
    }
  }

  private Ledger write(Path folder, int threads, Progress progress) {
    progress.start("tokenize", corpus.bytes(), "bytes");
    try (ShardWriter train =
            new ShardWriter(folder, Split.TRAIN, encoder.vocabSize(), tokensPerShard);
        HeldoutPart heldout =
            new HeldoutPart(
                folder,
                encoder.vocabSize(),
                tokensPerShard,
                corpus.splitOptions().heldoutOverlap())) {
      SeenRuns seen = new SeenRuns();
      double overlap = corpus.splitOptions().overlap();
      EncoderPool.Output output =
          (piece, ids, from, to) -> {
            if (overlap < 1 && !isNew(seen, overlap, piece, ids, from, to)) {
              return;
            }
            switch (piece.split()) {
              case TRAIN -> train.append(ids, from, to);
              case HELDOUT -> heldout.add(piece, ids, from, to);
            }
            counts.get(piece.source()).add(piece, to - from);
          };
      encode(threads, output, progress);
      progress.finish();
      List<DatasetManifest.Shard> shards = train.end();
      HeldoutPart.Kept kept = heldout.end(shards);
      kept.leftOut().forEach(this::leaveOut);
      Ledger ledger = ledger();
      finish(folder, ledger, shards, kept.shards());
      return ledger;
    }
  }

  private void leaveOut(HeldoutPart.LeftOut repeats) {
    HeldoutPart.Held document = repeats.document();
    counts.get(document.source()).leaveOut(document.bytes(), document.tokens());
    drop(
        DropReason.REPEATS_TRAINING,
        document.source(),
        document.path(),
        document.bytes(),
        repeats.share());
  }

  /// Whether a document may be taken; if so its runs are.
  private boolean isNew(SeenRuns seen, double overlap, Piece piece, int[] ids, int from, int to) {
    double share = seen.share(ids, from, to);
    if (share > overlap) {
      drop(
          DropReason.REPEATS_OTHERS, piece.source(), piece.document().path(), piece.bytes(), share);
      return false;
    }
    seen.add(ids, from, to);
    return true;
  }

  private void drop(DropReason reason, int source, String path, long bytes, double share) {
    drops.get(source).add(reason, path, bytes, "%.0f%% of it".formatted(100 * share));
  }

  private void encode(int threads, EncoderPool.Output output, Progress progress) {
    long[] done = {0};
    try (EncoderPool pool = new EncoderPool(encoder, byteLengths, threads, output)) {
      corpus.pieces(
          drops,
          piece -> {
            pool.add(piece);
            done[0] += piece.bytes();
            progress.update(done[0], "");
          });
      pool.drain();
    }
  }

  private Ledger ledger() {
    List<Ledger.Entry> entries = new ArrayList<>();
    for (int i = 0; i < counts.size(); i++) {
      entries.add(counts.get(i).entry(corpus.sources().get(i), drops.get(i)));
    }
    return Ledger.of(entries, Ledger.Settings.of(corpus.readOptions(), corpus.splitOptions()));
  }

  private void finish(
      Path folder,
      Ledger ledger,
      List<DatasetManifest.Shard> train,
      List<DatasetManifest.Shard> heldout) {
    Ledger.Totals all = ledger.totals();
    Ledger.Amount held = all.heldout();
    DatasetManifest manifest =
        new DatasetManifest(
            DatasetManifest.FORMAT,
            encoder.vocabSize(),
            ShardFormat.bytesPerToken(encoder.vocabSize()),
            encoder.endId(),
            corpus.sources().stream().map(Source::licence).distinct().sorted().toList(),
            new DatasetManifest.Part(
                all.documents() - held.documents(),
                all.bytes() - held.bytes(),
                all.tokens() - held.tokens(),
                train),
            new DatasetManifest.Part(held.documents(), held.bytes(), held.tokens(), heldout),
            files(folder),
            IntStream.of(byteLengths).boxed().toList());
    Json.write(folder.resolve(LEDGER), ledger);
    Json.write(folder.resolve(DatasetManifest.FILE), manifest);
  }

  /// Lets the encoder write its files; answers their hashes.
  private Map<String, String> files(Path folder) {
    Map<String, String> hashes = new TreeMap<>();
    for (String name : encoder.saveTo(folder)) {
      hashes.put(name, Hashes.sha256(folder.resolve(name)));
    }
    return hashes;
  }
}

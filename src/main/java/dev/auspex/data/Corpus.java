package dev.auspex.data;

import dev.auspex.io.Progress;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/// Sources that were read once, so that it is known which documents are new, sampled and held out.
///
/// Holds counts only; the text is read again each time it is wanted, in the same order. Safe to use
/// from several threads.
public final class Corpus {
  private final List<Source> sources;
  private final ReadOptions read;
  private SplitOptions split;
  private Buckets train = new Buckets();
  private Buckets heldout = new Buckets();
  private int cutoff = ContentHash.BUCKETS;

  private Corpus(List<Source> sources, ReadOptions read, SplitOptions split) {
    this.sources = List.copyOf(sources);
    this.read = read;
    this.split = split;
  }

  /// Reads all sources; what cannot be read is told and left out.
  ///
  /// Fails before reading when a source is missing, and after it when no text is left.
  public static Corpus scan(
      List<Source> sources, ReadOptions read, SplitOptions split, Progress progress) {
    if (sources.isEmpty()) {
      throw new DataException("source () must be given; name a folder, an archive or a file");
    }
    sources.forEach(Source::requireReadable);
    Corpus corpus = new Corpus(sources, read, split);
    List<Drops> drops = corpus.drops(progress);
    progress.start("read", corpus.bytesOnDisk(), "bytes");
    LongConsumer meter = new Meter(progress);
    corpus.pass(ContentHash.BUCKETS, drops, corpus::count, meter);
    progress.finish();
    corpus.requireText(drops);
    corpus.chooseSample();
    if (split.heldoutShare() > 0
        && split.heldoutBy() == SplitOptions.HeldoutBy.HASH
        && (corpus.heldoutDocuments() == 0 || corpus.trainDocuments() == 0)) {
      corpus.holdOutTails(progress);
    }
    corpus.requireTrainingText();
    return corpus;
  }

  private void count(Piece piece) {
    (piece.split() == Split.TRAIN ? train : heldout).add(piece);
  }

  private void requireText(List<Drops> drops) {
    if (documents() == 0) {
      throw new DataException(
          "source (%s) must hold text; nothing was taken%s"
              .formatted(join(sources.stream().map(Source::origin).toList()), reasons(drops)));
    }
  }

  /// So few documents that the hash selected none or all: a run needs text on both sides.
  private void holdOutTails(Progress progress) {
    progress.warn(
        "heldout (%s) selected %d of %d documents; the last part of each is held out instead"
            .formatted(split.heldoutShare(), heldoutDocuments(), documents()));
    split = split.withHeldoutBy(SplitOptions.HeldoutBy.TAIL);
    train = new Buckets();
    heldout = new Buckets();
    pass(ContentHash.BUCKETS, drops(Progress.NONE), this::count, _ -> {});
    chooseSample();
  }

  private void chooseSample() {
    cutoff = Buckets.cutoff(split.maxBytes(), train, heldout);
  }

  private void requireTrainingText() {
    if (trainDocuments() == 0) {
      throw new DataException(
          "max-bytes (%d) must leave a document to train on; raise it or lower max-document-bytes"
              .formatted(split.maxBytes()));
    }
  }

  private static String reasons(List<Drops> drops) {
    Map<String, Long> counts = new TreeMap<>();
    for (Drops source : drops) {
      source.dropped().forEach((key, part) -> counts.merge(key, part.count(), Long::sum));
    }
    List<String> reasons =
        counts.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList();
    return reasons.isEmpty() ? "" : " (" + join(reasons) + "); see --include and the lines above";
  }

  private static String join(List<String> words) {
    return words.size() <= 4
        ? String.join(", ", words)
        : String.join(", ", words.subList(0, 4)) + ", ...";
  }

  /// A ledger of losses for each source.
  List<Drops> drops(Progress screen) {
    return sources.stream().map(source -> new Drops(source.name(), screen)).toList();
  }

  /// Reads all sources, passing on what is kept.
  void pieces(List<Drops> drops, Consumer<Piece> sink) {
    pass(cutoff, drops, sink, _ -> {});
  }

  private void pass(int limit, List<Drops> drops, Consumer<Piece> sink, LongConsumer meter) {
    Splitter splitter = new Splitter(split, limit, sink);
    for (int i = 0; i < sources.size(); i++) {
      int source = i;
      Drops lost = drops.get(i);
      DocumentReader.read(
          sources.get(i), read, lost, document -> splitter.accept(source, document, lost), meter);
    }
  }

  /// The training texts, for training a tokenizer: those held out never come.
  ///
  /// Read on a thread of its own, a few at a time; close the stream to end it early.
  ///
  /// @param maxBytes text to give at most, chosen by content hash; a part of every larger choice
  public Stream<byte[]> trainTexts(long maxBytes) {
    int limit = Math.min(cutoff, Math.max(1, Buckets.cutoff(maxBytes, train)));
    return Handover.stream(
        sink ->
            pass(
                limit,
                drops(Progress.NONE),
                piece -> {
                  if (piece.split() == Split.TRAIN) {
                    sink.accept(piece.document().text());
                  }
                },
                _ -> {}));
  }

  /// The sources, in the order they are read.
  public List<Source> sources() {
    return sources;
  }

  ReadOptions readOptions() {
    return read;
  }

  SplitOptions splitOptions() {
    return split;
  }

  /// Documents kept, held-out ones included.
  public long documents() {
    return trainDocuments() + heldoutDocuments();
  }

  /// Documents to train on.
  public long trainDocuments() {
    return train.documents(cutoff);
  }

  /// Documents held out.
  public long heldoutDocuments() {
    return heldout.documents(cutoff);
  }

  /// Bytes of text kept, held-out text included.
  public long bytes() {
    return train.bytes(cutoff) + heldout.bytes(cutoff);
  }

  /// Bytes of text to train on.
  public long trainBytes() {
    return train.bytes(cutoff);
  }

  private long bytesOnDisk() {
    long[] total = {0};
    for (Source source : sources) {
      try {
        Files.walkFileTree(source.path(), new SizeVisitor(total));
      } catch (IOException _) {
        // Only the progress bar's end is estimated here; reading will tell what is wrong.
      }
    }
    return total[0];
  }

  private static final class SizeVisitor extends SimpleFileVisitor<Path> {
    private final long[] total;

    SizeVisitor(long[] total) {
      this.total = total;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      total[0] += attributes.isRegularFile() ? attributes.size() : 0;
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      return FileVisitResult.CONTINUE;
    }
  }

  /// Adds up what was passed.
  private static final class Meter implements LongConsumer {
    private final Progress progress;
    private long done;

    Meter(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void accept(long bytes) {
      done += bytes;
      progress.update(done, "");
    }
  }
}

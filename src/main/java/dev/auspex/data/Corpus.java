package dev.auspex.data;

import dev.auspex.io.Hashes;
import dev.auspex.io.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/// The text of some sources, without exact duplicates, split into training and held-out documents.
///
/// A document is held out when the first bits of its SHA-256 fall below the share, so the split
// does
/// not depend on order or on what else is there. A single document is split by position instead:
// its
/// last part is held out. Reading again gives the same documents in the same order.
public final class Corpus {
  private final List<Path> sources;
  private final ReadOptions options;
  private final String licence;
  private final double heldoutShare;
  private final long maxBytes;
  private List<SourceLedger> ledgers = List.of();

  /// @param licence SPDX identifier on record for these sources, or `NOASSERTION`
  /// @param heldoutShare share of the documents kept from training, in (0, 1)
  /// @param maxBytes documents are taken, in hash order, up to about this much text; 0 for all
  public Corpus(
      List<Path> sources, ReadOptions options, String licence, double heldoutShare, long maxBytes) {
    this.sources = List.copyOf(sources);
    this.options = options;
    this.licence = licence;
    this.heldoutShare = heldoutShare;
    this.maxBytes = maxBytes;
    if (sources.isEmpty()) {
      throw new DataException("--source () must name at least one file or folder");
    }
    if (!(heldoutShare > 0 && heldoutShare < 1)) {
      throw new DataException("heldout (" + heldoutShare + ") must lie in (0, 1); usual: 0.01");
    }
    for (Path source : sources) {
      if (!java.nio.file.Files.isReadable(source)) {
        throw new DataException(
            "source (" + source + ") must be a readable file or folder; check the path");
      }
    }
  }

  /// A document with its place in the split.
  record Placed(Document document, boolean heldout, SourceLedger ledger) {}

  /// Reads everything once and hands each kept document to `sink` in order.
  void forEach(Progress progress, BiConsumer<Placed, Long> sink) {
    double keepShare = maxBytes == 0 ? 1 : Math.min(1, (double) maxBytes / totalBytes());
    Set<String> seen = new HashSet<>();
    List<SourceLedger> fresh = new ArrayList<>();
    long[] read = {0};
    progress.start("read text", 0, "bytes");
    for (Path source : sources) {
      SourceLedger ledger = new SourceLedger(source.toString(), licence, progress);
      fresh.add(ledger);
      new DocumentReader(
              options,
              ledger,
              document -> {
                read[0] += document.text().length;
                Placed placed = place(document, keepShare, seen, ledger);
                if (placed != null) {
                  sink.accept(placed, read[0]);
                  progress.update(read[0], "");
                }
              })
          .read(source);
    }
    progress.finish();
    ledgers = fresh;
  }

  private @org.jspecify.annotations.Nullable Placed place(
      Document document, double keepShare, Set<String> seen, SourceLedger ledger) {
    byte[] digest = Hashes.sha256().digest(document.text());
    String hash = Hashes.hex(digest).substring(0, 32);
    if (!seen.add(hash)) {
      ledger.drop("duplicate", document.text().length, document.path());
      return null;
    }
    if (share(digest, 8) >= keepShare) {
      ledger.drop("beyond_max_bytes", document.text().length, document.path());
      return null;
    }
    ledger.keep(document.text());
    return new Placed(document, share(digest, 0) < heldoutShare, ledger);
  }

  /// Four bytes of a digest as a number in [0, 1).
  private static double share(byte[] digest, int at) {
    long bits = 0;
    for (int i = 0; i < 4; i++) {
      bits = bits << 8 | digest[at + i] & 0xff;
    }
    return bits / 4294967296.0;
  }

  private long totalBytes() {
    long[] total = {0};
    for (Path source : sources) {
      SourceLedger silent = new SourceLedger(source.toString(), licence, Progress.NONE);
      new DocumentReader(options, silent, document -> total[0] += document.text().length)
          .read(source);
    }
    return Math.max(1, total[0]);
  }

  /// Text to train a vocabulary on: training documents only, up to about `limit` bytes.
  public Iterator<byte[]> trainingText(long limit) {
    List<byte[]> texts = new ArrayList<>();
    long[] bytes = {0};
    forEach(
        Progress.NONE,
        (placed, _) -> {
          if (!placed.heldout() && bytes[0] < limit) {
            texts.add(placed.document().text());
            bytes[0] += placed.document().text().length;
          }
        });
    return texts.iterator();
  }

  double heldoutShare() {
    return heldoutShare;
  }

  List<SourceLedger> ledgers() {
    return ledgers;
  }

  Map<String, Long> dropCounts() {
    Map<String, Long> counts = new TreeMap<>();
    ledgers.forEach(
        ledger -> ledger.dropCounts().forEach((reason, n) -> counts.merge(reason, n, Long::sum)));
    return counts;
  }

  /// The documents of `ledger.json`.
  Map<String, Object> ledgerDocument() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("sources", ledgers.stream().map(SourceLedger::entry).toList());
    return document;
  }
}

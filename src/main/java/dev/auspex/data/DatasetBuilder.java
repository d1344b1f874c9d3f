package dev.auspex.data;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// Turns a corpus into token shards: one reader, encoders on all cores, one writer, in reading
/// order whatever the number of threads. The folder appears whole or not at all.
public final class DatasetBuilder {
  private static final int WAITING_PER_THREAD = 16;

  private DatasetBuilder() {}

  /// Builds `out`, replacing an earlier dataset of ours; any other non-empty folder is refused.
  ///
  /// @param tokenizerFile copied into the folder as `tokenizer.json`
  public static DatasetSummary build(
      Corpus corpus, TokenEncoder encoder, Path tokenizerFile, Path out, Progress progress) {
    requireReplaceable(out);
    Path partial = out.toAbsolutePath().resolveSibling("." + out.getFileName() + ".partial");
    AtomicFiles.deleteTree(partial);
    try {
      Files.createDirectories(partial);
      DatasetInfo info = write(corpus, encoder, partial, progress);
      if (info.train().tokens() == 0 || info.heldout().tokens() == 0) {
        throw new DataException(
            ("sources must give text to train on (%d documents) and to hold out (%d); add text or"
                    + " raise the held-out share. Dropped: %s")
                .formatted(
                    info.train().documents(), info.heldout().documents(), corpus.dropCounts()));
      }
      Json.write(partial.resolve("dataset.json"), info);
      Json.write(partial.resolve("ledger.json"), corpus.ledgerDocument());
      AtomicFiles.write(
          partial.resolve("tokenizer.json"), target -> Files.copy(tokenizerFile, target));
      AtomicFiles.deleteTree(out);
      AtomicFiles.moveFolder(partial, out);
      return summary(corpus, info, out);
    } catch (IOException e) {
      throw new FileException(out, e);
    } finally {
      AtomicFiles.deleteTree(partial);
    }
  }

  private static void requireReplaceable(Path out) {
    if (!Files.exists(out) || Files.isRegularFile(out.resolve("dataset.json"))) {
      return;
    }
    try (Stream<Path> children = Files.list(out)) {
      if (children.findAny().isPresent()) {
        throw new DataException(
            "--out (" + out + ") must be new, empty or a dataset; nothing in it was touched");
      }
    } catch (IOException e) {
      throw new FileException(out, e);
    }
  }

  private record Encoded(Corpus.Placed placed, int[] ids) {}

  private static DatasetInfo write(
      Corpus corpus, TokenEncoder encoder, Path folder, Progress progress) {
    int threads = Runtime.getRuntime().availableProcessors();
    ArrayDeque<Future<Encoded>> waiting = new ArrayDeque<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads);
        ShardWriter train = new ShardWriter(folder.resolve("train.bin"), encoder.vocabSize());
        ShardWriter heldout = new ShardWriter(folder.resolve("heldout.bin"), encoder.vocabSize())) {
      Splitter splitter = new Splitter(corpus, encoder, train, heldout);
      try {
        corpus.forEach(
            progress,
            (placed, _) -> {
              waiting.add(
                  pool.submit(() -> new Encoded(placed, encoder.encode(placed.document().text()))));
              if (waiting.size() > threads * WAITING_PER_THREAD) {
                splitter.write(result(waiting.poll()));
              }
            });
        while (!waiting.isEmpty()) {
          splitter.write(result(waiting.poll()));
        }
        splitter.finish();
      } finally {
        pool.shutdownNow();
      }
      int[] tokenBytes = new int[encoder.vocabSize()];
      Arrays.setAll(tokenBytes, encoder::byteLength);
      return new DatasetInfo(
          1, encoder.vocabSize(), encoder.endId(), train.finish(), heldout.finish(), tokenBytes);
    }
  }

  private static Encoded result(Future<Encoded> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("encoding failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /// Sends documents to their shard; holds the first one back in case it stays the only one.
  private static final class Splitter {
    private final Corpus corpus;
    private final TokenEncoder encoder;
    private final ShardWriter train;
    private final ShardWriter heldout;
    private @org.jspecify.annotations.Nullable Encoded first;
    private long documents;

    Splitter(Corpus corpus, TokenEncoder encoder, ShardWriter train, ShardWriter heldout) {
      this.corpus = corpus;
      this.encoder = encoder;
      this.train = train;
      this.heldout = heldout;
    }

    void write(Encoded encoded) {
      documents++;
      if (documents == 1) {
        first = encoded;
        return;
      }
      if (first != null) {
        place(first);
        first = null;
      }
      place(encoded);
    }

    void finish() {
      if (first == null) {
        return;
      }
      byte[] text = first.placed().document().text();
      int cut = (int) (text.length * (1 - corpus.heldoutShare()));
      while (cut > 0 && text[cut - 1] != '\n' && text[cut - 1] != ' ') {
        cut--;
      }
      byte[] head = Arrays.copyOfRange(text, 0, cut);
      byte[] tail = Arrays.copyOfRange(text, cut, text.length);
      emit(train, encoder.encode(head), head.length, first.placed().ledger());
      emit(heldout, encoder.encode(tail), tail.length, first.placed().ledger());
    }

    private void place(Encoded encoded) {
      ShardWriter shard = encoded.placed().heldout() ? heldout : train;
      long bytes = encoded.placed().document().text().length;
      emit(shard, encoded.ids(), bytes, encoded.placed().ledger());
    }

    private void emit(ShardWriter shard, int[] ids, long bytes, SourceLedger ledger) {
      shard.write(ids, encoder.endId(), bytes);
      ledger.addTokens(ids.length + 1L);
    }
  }

  private static DatasetSummary summary(Corpus corpus, DatasetInfo info, Path out) {
    DatasetInfo.ShardInfo held = info.heldout();
    return new DatasetSummary(
        info.train().documents() + held.documents(),
        info.train().bytes() + held.bytes(),
        info.train().tokens(),
        corpus.dropCounts(),
        Map.of("documents", held.documents(), "bytes", held.bytes(), "tokens", held.tokens()),
        out.resolve("ledger.json").toString());
  }
}

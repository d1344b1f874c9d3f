package dev.auspex.tokenizer;

import dev.auspex.io.Progress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts the pieces of a stream of documents on several threads in bounded memory.
///
/// Documents are taken in rounds whose borders depend on the documents alone. In a round each
/// thread counts for itself; then the counts are added up and, above the limit, the rarest pieces
/// forgotten. So the outcome is the same for any number of threads.
final class PieceCounter {
  private static final int ROUND_BYTES = 32 << 20;

  /// The rarest pieces go as well when the distinct ones take more bytes.
  private static final int MAX_BYTES = 64 << 20;

  /// Longer pieces are counted in parts of this size: no token is that long.
  private static final int MAX_PIECE = 1024;

  private final Splitter splitter;
  private final int threads;
  private final int limit;
  private long bytes;

  PieceCounter(Splitter splitter, int threads, int limit) {
    this.splitter = splitter;
    this.threads = threads;
    this.limit = limit;
  }

  /// Bytes of all documents counted so far.
  long bytes() {
    return bytes;
  }

  PieceCounts count(Iterator<byte[]> documents, Progress progress) {
    progress.start("count pieces", 0, "bytes");
    PieceCounts total = new PieceCounts();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<PieceCounts>> running = start(pool, nextRound(documents));
      while (!running.isEmpty()) {
        List<byte[]> next = nextRound(documents); // read while the others count
        for (Future<PieceCounts> part : running) {
          total.addAll(result(part));
        }
        while (total.size() > limit || total.numBytes() > MAX_BYTES) {
          total = total.withoutRarest(total.size() / 2);
        }
        progress.update(bytes, total.size() + " distinct");
        running = start(pool, next);
      }
    }
    progress.finish();
    return total;
  }

  private List<byte[]> nextRound(Iterator<byte[]> documents) {
    List<byte[]> round = new ArrayList<>();
    long size = 0;
    while (size < ROUND_BYTES && documents.hasNext()) {
      byte[] document = documents.next();
      round.add(document);
      size += document.length;
    }
    bytes += size;
    return round;
  }

  private List<Future<PieceCounts>> start(ExecutorService pool, List<byte[]> round) {
    List<Future<PieceCounts>> running = new ArrayList<>();
    AtomicInteger next = new AtomicInteger();
    for (int t = 0; t < threads && !round.isEmpty(); t++) {
      Callable<PieceCounts> work =
          () -> {
            PieceCounts counts = new PieceCounts();
            for (int i = next.getAndIncrement(); i < round.size(); i = next.getAndIncrement()) {
              count(round.get(i), counts);
            }
            return counts;
          };
      running.add(pool.submit(work));
    }
    return running;
  }

  private void count(byte[] document, PieceCounts counts) {
    Splitter.Cursor cursor = splitter.cursor(document, 0, document.length);
    int start = 0;
    for (int end = cursor.next(); end >= 0; end = cursor.next()) {
      for (int from = start; from < end; from += MAX_PIECE) {
        int length = Math.min(MAX_PIECE, end - from);
        if (length == 1) {
          counts.addSingle();
        } else {
          counts.add(document, from, length, 1);
        }
      }
      start = end;
    }
  }

  private static PieceCounts result(Future<PieceCounts> part) {
    try {
      return part.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("counting pieces failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while counting pieces", e);
    }
  }
}

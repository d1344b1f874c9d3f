package dev.auspex.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Encodes documents on several threads and gives them back in the order they came.
///
/// One thread adds and receives; the others only encode. At most [#BYTES_AHEAD] bytes of text and
/// one document are under way, so memory does not grow with the corpus.
final class EncoderPool implements AutoCloseable {
  private static final int BATCH_BYTES = 256 << 10;
  private static final long BYTES_AHEAD = 32L << 20;

  private final TokenEncoder encoder;
  private final int[] byteLengths;
  private final Output output;
  private final ExecutorService threads;
  private final int batchesAhead;
  private final Deque<Job> jobs = new ArrayDeque<>();
  private List<Piece> batch = new ArrayList<>();
  private long batchBytes;
  private long bytesAhead;

  /// Receives the tokens `from` to `to` of a document, its end token included.
  @FunctionalInterface
  interface Output {
    void accept(Piece piece, int[] ids, int from, int to);
  }

  private record Job(List<Piece> pieces, long bytes, Future<Encoded> result) {}

  /// The tokens of a batch, and where each document's end.
  private record Encoded(int[] ids, int[] ends) {}

  EncoderPool(TokenEncoder encoder, int[] byteLengths, int threads, Output output) {
    if (threads < 1) {
      throw new DataException("threads (%d) must be at least 1".formatted(threads));
    }
    this.encoder = encoder;
    this.byteLengths = byteLengths;
    this.output = output;
    this.threads =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("auspex-encode-", 0).factory());
    this.batchesAhead = 3 * threads;
  }

  /// Takes a document; may give back earlier ones.
  void add(Piece piece) {
    batch.add(piece);
    batchBytes += piece.bytes();
    if (batchBytes >= BATCH_BYTES) {
      submit();
    }
  }

  /// Gives back all that were added.
  void drain() {
    submit();
    while (!jobs.isEmpty()) {
      receive();
    }
  }

  private void submit() {
    if (batch.isEmpty()) {
      return;
    }
    while (!jobs.isEmpty()
        && (jobs.size() >= batchesAhead || bytesAhead + batchBytes > BYTES_AHEAD)) {
      receive();
    }
    List<Piece> pieces = batch;
    jobs.add(new Job(pieces, batchBytes, threads.submit(() -> encode(pieces))));
    bytesAhead += batchBytes;
    batch = new ArrayList<>();
    batchBytes = 0;
  }

  private void receive() {
    Job job = jobs.remove();
    Encoded encoded = await(job.result);
    bytesAhead -= job.bytes;
    int from = 0;
    for (int i = 0; i < job.pieces.size(); i++) {
      int to = encoded.ends[i];
      output.accept(job.pieces.get(i), encoded.ids, from, to);
      from = to;
    }
  }

  private static Encoded await(Future<Encoded> result) {
    try {
      return result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while encoding", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  private Encoded encode(List<Piece> pieces) {
    int[] all = new int[1 << 12];
    int[] ends = new int[pieces.size()];
    int length = 0;
    for (int i = 0; i < ends.length; i++) {
      Piece piece = pieces.get(i);
      int[] ids = encoder.encode(piece.document().text());
      check(piece, ids);
      if (length + ids.length + 1 > all.length) {
        all = Arrays.copyOf(all, Math.max(2 * all.length, length + ids.length + 1));
      }
      System.arraycopy(ids, 0, all, length, ids.length);
      length += ids.length;
      all[length++] = encoder.endId();
      ends[i] = length;
    }
    return new Encoded(all, ends);
  }

  private void check(Piece piece, int[] ids) {
    long bytes = -encoder.addedBytes();
    for (int id : ids) {
      bytes += byteLengths[id];
    }
    if (bytes != piece.bytes()) {
      throw new DataException(
          ("tokenizer must cover every byte; of %s its tokens give %d bytes of %d,"
                  + " use one trained on such text or a byte-level one")
              .formatted(piece.document().path(), bytes, piece.bytes()));
    }
  }

  /// Ends the threads; what was not received is lost.
  @Override
  public void close() {
    threads.shutdownNow();
  }
}

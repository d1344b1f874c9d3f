package dev.auspex.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Turns a reader that pushes texts into a stream that is pulled: the reader runs on a thread of
/// its own, ahead by a few megabytes at most.
final class Handover implements Iterator<byte[]> {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int CHUNKS = 4;

  private final BlockingQueue<Chunk> queue = new ArrayBlockingQueue<>(CHUNKS);
  private volatile boolean closed;
  private Iterator<byte[]> current = List.<byte[]>of().iterator();
  private boolean ended;

  /// @param last whether nothing follows
  /// @param failure what ended the reading early
  private record Chunk(List<byte[]> texts, boolean last, @Nullable Throwable failure) {}

  /// Thrown through the reader when nobody listens any more.
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private Handover() {}

  /// A stream of what `reader` pushes into its sink.
  static Stream<byte[]> stream(Consumer<Consumer<byte[]>> reader) {
    Handover handover = new Handover();
    Thread.ofPlatform().daemon().name("auspex-read").start(() -> handover.produce(reader));
    int traits = Spliterator.ORDERED | Spliterator.NONNULL;
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(handover, traits), false)
        .onClose(handover::close);
  }

  private void produce(Consumer<Consumer<byte[]>> reader) {
    List<byte[]> texts = new ArrayList<>();
    long[] bytes = {0};
    try {
      reader.accept(
          text -> {
            texts.add(text);
            bytes[0] += text.length;
            if (bytes[0] >= CHUNK_BYTES) {
              put(new Chunk(List.copyOf(texts), false, null));
              texts.clear();
              bytes[0] = 0;
            }
          });
      put(new Chunk(List.copyOf(texts), true, null));
    } catch (Abandoned _) {
      queue.clear();
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private void fail(Throwable failure) {
    try {
      put(new Chunk(List.of(), true, failure));
    } catch (Abandoned _) {
      queue.clear();
    }
  }

  private void put(Chunk chunk) {
    try {
      if (!closed) {
        queue.put(chunk);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the reader", e);
    }
    if (closed) {
      throw new Abandoned();
    }
  }

  @Override
  public boolean hasNext() {
    while (!current.hasNext() && !ended) {
      Chunk chunk = take();
      ended = chunk.last;
      current = chunk.texts.iterator();
      switch (chunk.failure) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }
    return current.hasNext();
  }

  private Chunk take() {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new IllegalStateException("interrupted while reading", e);
    }
  }

  @Override
  public byte[] next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return current.next();
  }

  private void close() {
    closed = true;
    queue.clear(); // lets a reader go on that waits for room; it then sees `closed`
  }
}

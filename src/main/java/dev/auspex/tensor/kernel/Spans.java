package dev.auspex.tensor.kernel;

import dev.auspex.tensor.Torch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Rows shared out among as many threads as libtorch uses.
///
/// Threads take one span after another, for they neither start at once nor are equally fast; who
/// comes too late finds nothing left to do, and nobody waits for him.
final class Spans implements Runnable {
  /// Below this many elements waking another thread takes longer than it saves.
  private static final long FEWEST_ELEMENTS = 1 << 15;

  /// Of what is left a thread takes this share of its own, so that all end at about the same time.
  private static final int SHARE = 2;

  /// How long to wait wide awake for the last spans, in turns of a loop; then how often to look.
  private static final int AWAKE = 100_000;

  private static final long DOZE_NANOS = 20_000;

  private final long rows;
  private final long threads;
  private final Supplier<Body> bodies;
  private final AtomicLong next = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private Spans(long rows, long threads, Supplier<Body> bodies) {
    this.rows = rows;
    this.threads = threads;
    this.bodies = bodies;
  }

  /// Work on rows `from` to `to - 1`; has scratch memory of its own and never calls libtorch.
  interface Body {
    void run(long from, long to);
  }

  /// Does all rows and returns when they are done.
  ///
  /// @param width elements of a row
  static void each(long rows, long width, Body body) {
    eachOf(rows, width, () -> body);
  }

  /// The same with a body for each thread, which keeps its scratch memory between spans.
  static void eachOf(long rows, long width, Supplier<Body> bodies) {
    long threads = Math.min(Torch.threads(), rows * width / FEWEST_ELEMENTS);
    if (threads <= 1) {
      bodies.get().run(0, rows);
      return;
    }
    Spans spans = new Spans(rows, threads, bodies);
    for (long i = 1; i < threads; i++) {
      Hands.lend(spans);
    }
    spans.run();
    spans.await();
  }

  @Override
  public void run() {
    Body body = null;
    for (long from = next.get(); from < rows; from = next.get()) {
      long to = from + Math.max(1, (rows - from) / (SHARE * threads));
      if (next.compareAndSet(from, to)) {
        try {
          body = body == null ? bodies.get() : body;
          body.run(from, to);
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        done.addAndGet(to - from);
      }
    }
  }

  private void await() {
    for (int i = 0; done.get() < rows; i++) {
      if (i < AWAKE) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(DOZE_NANOS);
      }
    }
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("a kernel failed", thrown);
    }
  }
}

package dev.auspex.tensor.kernel;

import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// Rows shared out among as many threads as libtorch uses.
///
/// Threads take one span after another, for they neither start at once nor are equally fast.
final class Spans {
  /// Below this many elements waking another thread takes longer than it saves.
  private static final long FEWEST_ELEMENTS = 1 << 15;

  private static final int SPANS_A_THREAD = 8;

  private Spans() {}

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
    long spans = Math.min(rows, SPANS_A_THREAD * threads);
    AtomicLong next = new AtomicLong();
    Runnable work =
        () -> {
          long span = next.getAndIncrement();
          if (span < spans) {
            Body body = bodies.get();
            for (; span < spans; span = next.getAndIncrement()) {
              body.run(rows * span / spans, rows * (span + 1) / spans);
            }
          }
        };
    List<ForkJoinTask<?>> others = new ArrayList<>();
    for (long i = 1; i < threads; i++) {
      others.add(ForkJoinPool.commonPool().submit(work));
    }
    work.run();
    others.forEach(ForkJoinTask::join);
  }
}

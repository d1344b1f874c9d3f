package dev.auspex.tensor.kernel;

import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;

/// Rows shared out among as many threads as libtorch uses.
final class Spans {
  /// Below this many elements waking another thread takes longer than it saves.
  private static final long FEWEST_ELEMENTS = 1 << 15;

  private Spans() {}

  /// Work on rows `from` to `to - 1`; has scratch memory of its own and never calls libtorch.
  interface Body {
    void run(long from, long to);
  }

  /// Does all rows and returns when they are done.
  ///
  /// @param width elements of a row
  static void each(long rows, long width, Body body) {
    long threads = Math.min(Torch.threads(), rows * width / FEWEST_ELEMENTS);
    List<ForkJoinTask<?>> others = new ArrayList<>();
    for (long i = 1; i < threads; i++) {
      long from = rows * i / threads;
      long to = rows * (i + 1) / threads;
      others.add(ForkJoinPool.commonPool().submit(() -> body.run(from, to)));
    }
    body.run(0, threads > 1 ? rows / threads : rows);
    others.forEach(ForkJoinTask::join);
  }
}

package dev.auspex.tensor.kernel;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;

/// Threads of the common pool that stay awake for a moment after their work: a step has hundreds of
/// kernels, and to wake a thread takes as long as some of them.
final class Hands {
  private static final long AWAKE_NANOS = 100_000;

  /// Threads that wait and to whom no work has been promised.
  private static final AtomicInteger FREE = new AtomicInteger();

  /// Work for those to whom it was promised.
  private static final ConcurrentLinkedQueue<Runnable> PROMISED = new ConcurrentLinkedQueue<>();

  private Hands() {}

  /// Has another thread do some work.
  static void lend(Runnable work) {
    if (takeOne()) {
      PROMISED.add(work);
    } else {
      ForkJoinPool.commonPool().execute(() -> workAndWait(work));
    }
  }

  private static boolean takeOne() {
    for (int free = FREE.get(); free > 0; free = FREE.get()) {
      if (FREE.compareAndSet(free, free - 1)) {
        return true;
      }
    }
    return false;
  }

  private static void workAndWait(Runnable first) {
    Runnable work = first;
    while (true) {
      work.run();
      FREE.incrementAndGet();
      long end = System.nanoTime() + AWAKE_NANOS;
      work = PROMISED.poll();
      while (work == null) {
        // who cannot take himself back has been promised something
        if (System.nanoTime() > end && takeOne()) {
          return;
        }
        Thread.onSpinWait();
        work = PROMISED.poll();
      }
    }
  }
}

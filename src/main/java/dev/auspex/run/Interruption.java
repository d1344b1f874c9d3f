package dev.auspex.run;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Whether the user asked to stop, and which loops still need a moment to save their state.
///
/// It does not listen to signals itself: the command line calls `request` from a shutdown hook and
/// then `awaitRelease`. A loop holds it while it works and asks `requested` between two steps:
/// ```java
/// try (var hold = interruption.hold()) {
///   while (!interruption.requested() && step < last) { ... }
///   saveCheckpoint();
/// }
/// ```
/// Safe from any thread; `requested` costs one volatile read.
public final class Interruption {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private volatile boolean requested;
  private int holds;

  /// True once somebody asked to stop.
  public boolean requested() {
    return requested;
  }

  /// Asks every loop to save and stop.
  public void request() {
    requested = true;
  }

  /// Keeps the process alive, for the grace time, until the hold is closed.
  public Hold hold() {
    lock.lock();
    try {
      holds++;
    } finally {
      lock.unlock();
    }
    return new Hold();
  }

  /// Waits until no hold is left.
  /// @param grace the longest wait
  /// @return whether all holds were closed in time
  public boolean awaitRelease(Duration grace) {
    long nanos = grace.toNanos();
    lock.lock();
    try {
      while (holds > 0 && nanos > 0) {
        nanos = released.awaitNanos(nanos);
      }
      return holds == 0;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /// A loop that must not be cut off in the middle; closing it twice counts once.
  public final class Hold implements AutoCloseable {
    private boolean open = true;

    private Hold() {}

    /// Lets the process go.
    @Override
    public void close() {
      lock.lock();
      try {
        if (open) {
          open = false;
          holds--;
          released.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}

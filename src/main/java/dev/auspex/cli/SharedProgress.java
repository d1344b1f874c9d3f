package dev.auspex.cli;

import dev.auspex.io.Progress;
import java.util.HashMap;
import java.util.Map;

/// One progress line for several runs at once, in percent of their joint compute. Thread-safe.
final class SharedProgress {
  private static final int PERCENT = 100;

  private final Progress outer;
  private final double total;
  private final Map<Object, Double> done = new HashMap<>();

  SharedProgress(Progress outer, String name, double total) {
    this.outer = outer;
    this.total = total;
    outer.start(name, PERCENT, "%");
  }

  /// The progress of one run.
  ///
  /// @param before steps that another run has done for it
  Progress part(double flopsPerStep, long before) {
    return new Progress() {
      private boolean preparing; // such as reading pictures, which counts for nothing

      @Override
      public void start(String name, long count, String unit) {
        preparing = !unit.equals("steps");
      }

      @Override
      public void update(long step, String note) {
        if (!preparing) {
          report(this, flopsPerStep * (step - before));
        }
      }

      @Override
      public void finish() {
        preparing = false;
      }

      @Override
      public void warn(String line) {
        synchronized (SharedProgress.this) {
          outer.warn(line);
        }
      }
    };
  }

  private synchronized void report(Object part, double flops) {
    done.put(part, flops);
    double sum = done.values().stream().mapToDouble(Double::doubleValue).sum();
    outer.update(Math.round(PERCENT * sum / total), "");
  }

  void finish() {
    outer.finish();
  }
}

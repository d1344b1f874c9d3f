package dev.auspex.train;

import dev.auspex.config.ConfigException;
import java.time.Duration;

/// How workers add up and watch each other; of no effect on a lone one.
///
/// @param reduce `ordered` for sums in one order, the same bits for any number of workers; `fast`
///     for the order libtorch's all-reduce happens to take
/// @param timeoutSeconds longest wait for another worker
/// @param verifyEverySteps steps between comparisons of all workers' parameters; 0 for none
public record ParallelConfig(String reduce, double timeoutSeconds, long verifyEverySteps) {
  public ParallelConfig {
    if (!reduce.equals("ordered") && !reduce.equals("fast")) {
      throw new ConfigException("reduce (" + reduce + ") must be one of ordered, fast");
    }
    if (!(timeoutSeconds > 0)) {
      throw new ConfigException("timeout_seconds (" + timeoutSeconds + ") must be above 0");
    }
    if (verifyEverySteps < 0) {
      throw new ConfigException(
          "verify_every_steps (" + verifyEverySteps + ") must be 0 (never) or more");
    }
  }

  /// The longest wait as a duration.
  public Duration timeout() {
    return Duration.ofMillis((long) (1000 * timeoutSeconds));
  }

  /// One order of sums, two minutes of patience, a comparison every tenth step.
  public static ParallelConfig standard() {
    return new ParallelConfig("ordered", 120, 10);
  }
}

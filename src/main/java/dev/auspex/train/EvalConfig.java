package dev.auspex.train;

import dev.auspex.config.ConfigException;

/// When and how much of the held-out text is measured.
///
/// @param everySteps steps between measurements; 0 for only at the end
/// @param windows most windows of `context_length` tokens measured, evenly spread; 0 for all
/// @param finalWindows the same for the last measurement, which is made in FP32
public record EvalConfig(long everySteps, int windows, int finalWindows) {
  public EvalConfig {
    if (everySteps < 0 || windows < 0 || finalWindows < 0) {
      throw new ConfigException(
          "every_steps (%d), windows (%d) and final_windows (%d) must be 0 or more"
              .formatted(everySteps, windows, finalWindows));
    }
  }
}

package dev.auspex.cli;

import dev.auspex.tensor.Torch;

/// Sets how many threads one tensor operation uses.
final class Threads {
  private Threads() {}

  /// @param count 0 for one per processor
  static void use(int count) {
    Torch.threads(count == 0 ? Runtime.getRuntime().availableProcessors() : count);
  }
}

package dev.auspex.cli;

import dev.auspex.tensor.Torch;

/// Sets how many threads one tensor operation uses.
final class Threads {
  private Threads() {}

  /// @param count 0 for all processors, divided among the workers of this machine
  static void use(int count) {
    int share = Runtime.getRuntime().availableProcessors() / Workers.onThisMachine(System.getenv());
    Torch.threads(count == 0 ? Math.max(1, share) : count);
  }
}

package dev.auspex.cli;

import java.util.List;

/// Other tools as they run when the caller starts them: what the launcher sets for our own engine
/// made PyTorch's steps slower.
final class PeerProcess {
  /// Names of the variables that the launcher set, apart by blanks.
  static final String FOR_ENGINE = "AUSPEX_FOR_ENGINE";

  private PeerProcess() {}

  /// A command with the caller's environment.
  static ProcessBuilder of(List<String> command) {
    return withoutEngine(new ProcessBuilder(command));
  }

  static ProcessBuilder withoutEngine(ProcessBuilder process) {
    String names = process.environment().getOrDefault(FOR_ENGINE, "");
    process.environment().keySet().removeAll(List.of(names.split(" ")));
    process.environment().remove(FOR_ENGINE);
    return process;
  }
}

package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.tensor.Collective;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// This process's part among the workers of a run, from the environment that torchrun, PyTorchJob
/// and Slurm scripts set: `RANK WORLD_SIZE MASTER_ADDR MASTER_PORT`.
final class Workers {
  /// Process id of the launcher, without whom a worker stops.
  static final String PARENT = "AUSPEX_LAUNCHER";

  /// Making a dataset may take worker 0 this long.
  private static final Duration MEETING = Duration.ofMinutes(30);

  private Workers() {}

  /// Whether a launcher started this process as one of several.
  static boolean isWorker(Map<String, String> environment) {
    return environment.containsKey("RANK") && environment.containsKey("WORLD_SIZE");
  }

  /// Whether this process is worker 0 or the only one.
  static boolean leads(Map<String, String> environment) {
    return !isWorker(environment) || environment.get("RANK").strip().equals("0");
  }

  /// Meets the other workers; alone where no launcher set the environment.
  static Collective connect(Map<String, String> environment) {
    if (!isWorker(environment)) {
      return Collective.alone();
    }
    dieWithLauncher(environment);
    int size = number(environment, "WORLD_SIZE", 1, 100_000);
    return Collective.connect(
        new Collective.Rendezvous(
            number(environment, "RANK", 0, size - 1),
            size,
            Optional.ofNullable(environment.get("MASTER_ADDR")).orElse("127.0.0.1"),
            number(environment, "MASTER_PORT", 1, 65_535)),
        MEETING);
  }

  /// Workers of this machine, among whom the processors are divided.
  static int onThisMachine(Map<String, String> environment) {
    return environment.containsKey("LOCAL_WORLD_SIZE")
        ? number(environment, "LOCAL_WORLD_SIZE", 1, 100_000)
        : 1;
  }

  /// This worker among those of its machine, from 0.
  static int localRank(Map<String, String> environment) {
    return environment.containsKey("LOCAL_RANK") ? number(environment, "LOCAL_RANK", 0, 99_999) : 0;
  }

  private static int number(Map<String, String> environment, String key, int min, int max) {
    String text = environment.getOrDefault(key, "");
    try {
      int value = Integer.parseInt(text.strip());
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException _) {
      // told below
    }
    throw new ConfigException(
        "%s (%s) must be a number from %d to %d; the environment of a worker sets it"
            .formatted(key, text, min, max));
  }

  private static void dieWithLauncher(Map<String, String> environment) {
    Supplier<Optional<ProcessHandle>> launcher =
        () -> ProcessHandle.of(Long.parseLong(environment.getOrDefault(PARENT, "0")));
    if (environment.containsKey(PARENT)) {
      Optional<ProcessHandle> parent = launcher.get();
      if (parent.isEmpty()) {
        Runtime.getRuntime().halt(ExitCodes.INTERRUPTED);
      }
      parent.get().onExit().thenRun(() -> Runtime.getRuntime().halt(ExitCodes.INTERRUPTED));
    }
  }
}

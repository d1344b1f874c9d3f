package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.tensor.Device;
import dev.auspex.tensor.Torch;
import java.util.Map;
import java.util.stream.IntStream;

/// Sets where tensors live and how many threads one operation uses, before any tensor is made.
final class Engine {
  /// `auto`, `cpu`, `cuda`, `cuda:N`, or another device of libtorch.
  static final String DEVICE = "AUSPEX_DEVICE";

  private Engine() {}

  /// @param threads 0 for all processors, divided among the workers of this machine
  static void start(int threads) {
    Map<String, String> environment = System.getenv();
    int share = Runtime.getRuntime().availableProcessors() / Workers.onThisMachine(environment);
    Torch.threads(threads == 0 ? Math.max(1, share) : threads);
    String name = device(environment, Device.cudaDevices());
    if (!name.equals(Device.name())) {
      use(name);
    }
  }

  /// The device that the environment asks for. Each worker of a machine takes a CUDA device of its
  /// own unless one is named: the one of its `LOCAL_RANK`.
  ///
  /// @param cudaDevices how many there are
  static String device(Map<String, String> environment, int cudaDevices) {
    String wanted = environment.getOrDefault(DEVICE, "").strip();
    if (wanted.isEmpty() || wanted.equals("auto")) {
      wanted = cudaDevices > 0 ? "cuda" : "cpu";
    }
    if (!wanted.equals("cuda") && !wanted.startsWith("cuda:")) {
      return wanted;
    }
    String name = wanted.equals("cuda") ? "cuda:" + Workers.localRank(environment) : wanted;
    boolean there = IntStream.range(0, cudaDevices).anyMatch(i -> name.equals("cuda:" + i));
    if (!there) {
      throw new ConfigException(
          DEVICE
              + " ("
              + name
              + ") must be a device of this machine, which has "
              + (cudaDevices == 0
                  ? "none that CUDA reaches; is this the build of -Dauspex.pytorch.variant=-gpu?"
                  : cudaDevices + " for CUDA, from cuda:0; start fewer workers on it"));
    }
    return name;
  }

  private static void use(String name) {
    try {
      Device.use(name);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          DEVICE
              + " ("
              + name
              + ") must be auto, cpu, cuda, cuda:N or another device of this libtorch: "
              + e.getMessage());
    }
  }
}

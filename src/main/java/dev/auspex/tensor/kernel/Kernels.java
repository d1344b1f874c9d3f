package dev.auspex.tensor.kernel;

/// Whether this process can use the kernels.
public final class Kernels {
  private static final boolean USABLE =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
          && !Boolean.getBoolean("auspex.kernels.off");

  private Kernels() {}

  /// Whether the JVM was started with `--add-modules jdk.incubator.vector`; libtorch's operations
  /// serve otherwise.
  public static boolean usable() {
    return USABLE;
  }
}

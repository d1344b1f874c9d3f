package dev.auspex.tensor;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.global.torch;

/// Process-wide facts and settings of libtorch: threads, gradient mode, versions.
public final class Torch {
  private Torch() {}

  /// Sets the number of threads one operation may use. Call once, before any work.
  public static void threads(int count) {
    torch.set_num_threads(count);
  }

  /// Threads one operation may use.
  public static int threads() {
    return torch.get_num_threads();
  }

  /// Version of libtorch and its binding, such as `2.10.0-1.5.13`.
  public static String version() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch");
    } catch (java.io.IOException e) {
      throw new IllegalStateException("the pytorch jar carries no version", e);
    }
  }

  /// Live native objects of this process; the leak check of the tests compares it.
  public static long liveObjects() {
    return Pointer.totalCount();
  }

  /// Resident memory of this process in bytes.
  public static long residentBytes() {
    return Pointer.physicalBytes();
  }

  /// Free physical memory of the machine in bytes.
  public static long freeMemoryBytes() {
    return Pointer.availablePhysicalBytes();
  }

  /// Switches gradient recording off on this thread until closed.
  public static NoGrad noGrad() {
    return new NoGrad();
  }

  /// Switches gradient recording on again inside {@link #noGrad}, until closed.
  public static Grad grad() {
    return new Grad();
  }

  /// A stretch of code with gradient recording.
  public static final class Grad implements AutoCloseable {
    private final AutoGradMode mode = new AutoGradMode(true);

    private Grad() {}

    @Override
    public void close() {
      mode.close();
    }
  }

  /// A stretch of code without gradient recording.
  public static final class NoGrad implements AutoCloseable {
    private final AutoGradMode mode = new AutoGradMode(false);

    private NoGrad() {}

    @Override
    public void close() {
      mode.close();
    }
  }
}

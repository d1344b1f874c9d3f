package dev.auspex.tensor;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/// Where the tensors of this process live and its operations run: the processor, or one
/// accelerator.
///
/// Chosen before the first tensor is made. On an accelerator everything is composed of libtorch's
/// operations, which are the slow twins of the kernels; their order of sums is libtorch's, so bits
/// differ from the processor's. On CUDA its deterministic algorithms are asked for (untried).
public final class Device {
  private static org.bytedeco.pytorch.Device current = named("cpu");
  private static boolean processor = true;

  private Device() {}

  /// Puts all tensors made from now on there.
  ///
  /// @param name libtorch's, such as `cpu`, `cuda:1` or `mps`
  /// @throws IllegalArgumentException where this libtorch knows no such device
  public static void use(String name) {
    org.bytedeco.pytorch.Device chosen;
    try {
      chosen = named(name);
      try (TensorScope _ = TensorScope.open();
          TensorOptions options = new TensorOptions(chosen)) {
        torch.zeros(new long[] {1}, options);
      }
    } catch (RuntimeException e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new IllegalArgumentException(message.lines().findFirst().orElse(""), e);
    }
    if (chosen.is_cuda()) {
      torch.globalContext().setDeterministicAlgorithms(true, true);
      torch.globalContext().setDeterministicCuDNN(true);
    }
    current = chosen;
    processor = chosen.is_cpu();
  }

  /// Kept for the process, whatever scope happens to be open.
  private static org.bytedeco.pytorch.Device named(String name) {
    return new org.bytedeco.pytorch.Device(name).retainReference();
  }

  /// As libtorch writes it.
  public static String name() {
    try (BytePointer name = current.str()) {
      return name.getString();
    }
  }

  /// Whether it is the processor, whose memory Java reads and writes as well.
  public static boolean isProcessor() {
    return processor;
  }

  /// How many CUDA devices can be used.
  public static int cudaDevices() {
    return torch.cuda_is_available() ? torch.cuda_device_count() : 0;
  }

  /// Waits until all operations have come to their end, for those who take the time.
  static void synchronize() {
    if (current.is_cuda()) {
      torch.cuda_synchronize(current.index());
    }
  }

  static boolean isCuda() {
    return current.is_cuda();
  }

  static TensorOptions options(torch.ScalarType type) {
    try (TensorOptions typed = new TensorOptions(type);
        DeviceOptional there = new DeviceOptional(current)) {
      return typed.device(there);
    }
  }

  static org.bytedeco.pytorch.Tensor moved(org.bytedeco.pytorch.Tensor host) {
    return isProcessor() ? host : host.to(current, host.scalar_type());
  }

  /// A tensor with any contents, where the process computes.
  /// @param shape sizes of all dimensions
  public static Tensor empty(DType dtype, long... shape) {
    try (TensorOptions options = options(dtype.scalarType);
        MemoryFormatOptional format = new MemoryFormatOptional()) {
      return new Tensor(torch.empty(shape, options, format));
    }
  }

  /// Zeros in the processor's memory, to be filled through {@link Tensor#bytes} and then handed
  /// to {@link #fromHost}.
  /// @param shape sizes of all dimensions
  public static Tensor hostZeros(DType dtype, long... shape) {
    try (TensorOptions options = new TensorOptions(dtype.scalarType)) {
      return new Tensor(torch.zeros(shape, options));
    }
  }

  /// What {@link #hostZeros} made, where the process computes: itself, or a copy that takes its
  /// place.
  public static Tensor fromHost(Tensor host) {
    if (isProcessor()) {
      return host;
    }
    Tensor moved = new Tensor(moved(host.handle));
    host.free();
    return moved;
  }

  /// A tensor in the processor's memory: itself, or a copy.
  public static Tensor toHost(Tensor tensor) {
    return tensor.handle.is_cpu() ? tensor : new Tensor(tensor.handle.cpu());
  }
}

package dev.auspex.tensor.kernel;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// oneDNN's product of BF16 blocks that fit into the processor's caches, `C = A B` or `C += A B`
/// with `C` in FP32, as libtorch's attention calls it (`brgemm` in its CPUBlas.h).
///
/// Java's vectors have no BF16 product. `B` holds pairs of rows: the numbers of rows `2 i` and
/// `2 i + 1` in one column lie side by side. Each number of `C` is one chain in the order of the
/// inner dimension, whatever block it belongs to.
final class Microkernel {
  private static final String PRODUCT =
      "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";
  private static final @Nullable MethodHandle HANDLE = handle().orElse(null); // a constant for C2

  private Microkernel() {}

  /// Whether this libtorch has it and this processor multiplies BF16 in vectors. With tiles (AMX)
  /// it is left to libtorch: untried, and those want to be configured and released.
  static boolean usable() {
    return HANDLE != null;
  }

  /// A block of a matrix.
  ///
  /// @param memory from its first element on, of an array or of a tensor
  /// @param stride from row to row, in elements; of pairs of rows half the way to the next pair
  record Operand(MemorySegment memory, long stride) {}

  /// `C[rows, columns] = A[rows, inner] B[inner, columns]`, in FP32.
  ///
  /// @param inner a multiple of 2
  /// @param adding to what is in `C`
  static void multiply(
      int rows, int columns, int inner, Operand a, Operand b, Operand c, boolean adding) {
    try {
      HANDLE.invokeExact(
          (long) rows,
          (long) columns,
          (long) inner,
          a.stride(),
          b.stride(),
          c.stride(),
          adding,
          a.memory(),
          b.memory(),
          c.memory(),
          true);
    } catch (Throwable e) {
      throw new IllegalStateException("libtorch's brgemm", e);
    }
  }

  @SuppressWarnings("restricted")
  private static Optional<MethodHandle> handle() {
    ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
    ValueLayout.OfBoolean flag = ValueLayout.JAVA_BOOLEAN;
    AddressLayout place = ValueLayout.ADDRESS;
    FunctionDescriptor type =
        FunctionDescriptor.ofVoid(
            number, number, number, number, number, number, flag, place, place, place, flag);
    if (Memory.LANES != Tile.SIZE // a JVM that was told to use narrower vectors
        || !has("_ZN2at3cpu24is_avx512_bf16_supportedEv")
        || has("_ZN2at3cpu21is_amx_tile_supportedEv")) {
      return Optional.empty();
    }
    return symbol(PRODUCT)
        .map(
            found ->
                Linker.nativeLinker().downcallHandle(found, type, Linker.Option.critical(true)));
  }

  /// What one of libtorch's questions about the processor says; false where it has no such one.
  @SuppressWarnings("restricted")
  private static boolean has(String question) {
    FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_BOOLEAN);
    Optional<MemorySegment> found = symbol(question);
    if (found.isEmpty()) {
      return false;
    }
    try {
      return (boolean) Linker.nativeLinker().downcallHandle(found.get(), type).invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException("libtorch's " + question, e);
    }
  }

  /// Of the libraries that libtorch's binding has loaded.
  private static Optional<MemorySegment> symbol(String name) {
    return SymbolLookup.loaderLookup().find(name);
  }
}

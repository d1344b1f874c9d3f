/// What a training step does beside matrix products, each in one pass over memory, written with the
/// JDK's Vector API, the only place that uses it; and BF16 products of blocks by oneDNN's
/// microkernel.
///
/// Methods that end in `Loop` are compiled apart, neither take nor give vectors, and are short
/// enough for the compiler (docs/adr/0013).
///
/// Every kernel has a slow twin of libtorch operations, which is used where {@link
/// dev.auspex.tensor.kernel.Kernels#usable} says no. Results have equal bits whatever the number of
/// threads, and whether a method has been compiled yet or not: sums go over fixed stretches in a
/// fixed order, and no operation is used whose rounding the JDK leaves open. Nothing here records
/// gradients. Tensors are contiguous, in FP32 or BF16.
@NullMarked
package dev.auspex.tensor.kernel;

import org.jspecify.annotations.NullMarked;

/// Tensors, automatic differentiation and native lifetimes: the only package that touches libtorch.
///
/// Threads: a tensor belongs to the platform thread that made it; libtorch keeps its gradient mode
/// per OS thread, so virtual threads must never enter. Lifetimes: see {@link TensorScope}.
@org.jspecify.annotations.NullMarked
package dev.auspex.tensor;

/// Optimisers and learning-rate schedules. They see named tensors, never a model.
@org.jspecify.annotations.NullMarked
package dev.auspex.optim;

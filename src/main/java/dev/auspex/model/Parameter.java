package dev.auspex.model;

import dev.auspex.tensor.Tensor;

/// A named trainable tensor in FP32.
///
/// @param name its name in a Hugging Face Llama folder
/// @param value the numbers; lives as long as the model
/// @param role what the optimiser needs to know of it
public record Parameter(String name, Tensor value, Role role) {
  /// How a parameter scales with width, and whether it decays.
  public enum Role {
    /// Token table: one row is read per token.
    EMBEDDING,
    /// A matrix whose both sides grow with the model.
    HIDDEN,
    /// The output head: one side is the vocabulary.
    OUTPUT,
    /// Gains of a norm.
    GAIN
  }
}

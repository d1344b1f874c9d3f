package dev.auspex.interchange;

import dev.auspex.tensor.Tensor;

/// What training changed in the numbers of a stored model.
interface Tuning {
  /// Whether a parameter has other numbers than in the file.
  boolean touches(String parameter);

  /// Changes a parameter's numbers, which are those of the file; called without gradient recording.
  void apply(String parameter, Tensor value);
}

package dev.auspex.optim;

import dev.auspex.tensor.Tensor;
import java.util.Map;

/// Changes parameters in the direction their gradients ask for.
public interface Optimizer {
  /// One update from the gradients that the leaves hold.
  ///
  /// @param learningRate scheduled rate, before each group's factor
  /// @param gradientScale factor on all gradients, which clips their norm
  void step(double learningRate, double gradientScale);

  /// Everything needed to continue, by name; the tensors themselves, to be read or overwritten.
  Map<String, Tensor> state();
}

package dev.auspex.optim;

import dev.auspex.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// Parameters that share a learning-rate factor and a weight decay.
///
/// @param parameters leaves by name, in a fixed order
/// @param learningRateScale multiplies the scheduled learning rate
/// @param weightDecay decoupled decay per step, before multiplication by the learning rate
public record ParameterGroup(
    Map<String, Tensor> parameters, double learningRateScale, double weightDecay) {
  public ParameterGroup {
    parameters = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }
}

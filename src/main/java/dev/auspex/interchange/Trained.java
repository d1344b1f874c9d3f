package dev.auspex.interchange;

import dev.auspex.model.Gpt;
import dev.auspex.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/// All numbers of a model after training it; its multipliers are one.
final class Trained implements Tuning {
  private final Map<String, Tensor> values = new HashMap<>();

  Trained(Gpt model) {
    model.parameters().forEach(parameter -> values.put(parameter.name(), parameter.value()));
  }

  @Override
  public boolean touches(String parameter) {
    return values.containsKey(parameter);
  }

  @Override
  public void apply(String parameter, Tensor value) {
    Tensor trained = values.get(parameter);
    if (trained != null) {
      value.copyInPlace(trained);
    }
  }
}

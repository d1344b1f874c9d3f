package dev.auspex.optim;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.kernel.AdamWKernel;
import dev.auspex.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101), in one pass
/// over memory.
public final class AdamW implements Optimizer {
  private final List<ParameterGroup> groups;
  private final double beta1;
  private final double beta2;
  private final double eps;
  private final List<List<Tensor>> first = new ArrayList<>();
  private final List<List<Tensor>> second = new ArrayList<>();
  private final List<List<Tensor>> steps = new ArrayList<>();
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  /// Starts with empty moments; made outside any scope.
  public AdamW(List<ParameterGroup> groups, double beta1, double beta2, double eps) {
    this.groups = List.copyOf(groups);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.eps = eps;
    for (ParameterGroup group : groups) {
      List<Tensor> m = new ArrayList<>();
      List<Tensor> v = new ArrayList<>();
      List<Tensor> t = new ArrayList<>();
      group
          .parameters()
          .forEach(
              (name, parameter) -> {
                m.add(remember(name + ".first_moment", parameter.shape()));
                v.add(remember(name + ".second_moment", parameter.shape()));
                t.add(remember(name + ".step"));
              });
      first.add(m);
      second.add(v);
      steps.add(t);
    }
  }

  private Tensor remember(String name, long... shape) {
    Tensor tensor = Tensor.zeros(DType.FP32, shape);
    state.put(name, tensor);
    return tensor;
  }

  @Override
  public void step(double learningRate, double gradientScale) {
    for (int i = 0; i < groups.size(); i++) {
      ParameterGroup group = groups.get(i);
      Fused.AdamWSettings settings =
          new Fused.AdamWSettings(
              learningRate * group.learningRateScale(), beta1, beta2, group.weightDecay(), eps);
      List<Tensor> parameters = List.copyOf(group.parameters().values());
      Fused.AdamWLists lists =
          new Fused.AdamWLists(
              parameters,
              parameters.stream().map(Tensor::grad).toList(),
              first.get(i),
              second.get(i),
              steps.get(i));
      lists.steps().forEach(step -> step.addInPlace(1));
      if (Kernels.usable()) {
        AdamWKernel.step(lists, settings, gradientScale);
      } else {
        if (gradientScale != 1) {
          Fused.multiplyInPlace(lists.grads(), gradientScale);
        }
        Fused.adamW(lists, settings);
      }
    }
  }

  @Override
  public Map<String, Tensor> state() {
    return state;
  }
}

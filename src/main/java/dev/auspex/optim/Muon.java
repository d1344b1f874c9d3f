package dev.auspex.optim;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Momentum, orthogonalised (Jordan et al. 2024, "Muon: an optimizer for hidden layers"): each
/// matrix moves by the nearest semi-orthogonal matrix to its Nesterov momentum.
///
/// The update is scaled by `sqrt(max(1, rows / columns))`, so that one learning rate serves every
/// width. For matrices only; everything else belongs to {@link AdamW}.
public final class Muon implements Optimizer {
  /// Coefficients of the quintic that pushes singular values towards one.
  private static final double A = 3.4445;

  private static final double B = -4.7750;
  private static final double C = 2.0315;
  private static final int ITERATIONS = 5;

  private final List<ParameterGroup> groups;
  private final double momentum;
  private final DType compute;
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  /// Starts with empty momentum; made outside any scope.
  public Muon(List<ParameterGroup> groups, double momentum, DType compute) {
    this.groups = List.copyOf(groups);
    this.momentum = momentum;
    this.compute = compute;
    for (ParameterGroup group : groups) {
      group
          .parameters()
          .forEach(
              (name, parameter) ->
                  state.put(name + ".momentum", Tensor.zeros(DType.FP32, parameter.shape())));
    }
  }

  @Override
  public void step(double learningRate) {
    try (Torch.NoGrad _ = Torch.noGrad()) {
      for (ParameterGroup group : groups) {
        double rate = learningRate * group.learningRateScale();
        group.parameters().forEach((name, parameter) -> move(name, parameter, rate, group));
      }
    }
  }

  private void move(String name, Tensor parameter, double rate, ParameterGroup group) {
    try (TensorScope _ = TensorScope.open()) {
      Tensor gradient = parameter.grad();
      Tensor velocity = state.get(name + ".momentum");
      velocity.multiplyInPlace(momentum).addInPlace(gradient, 1 - momentum);
      Tensor nesterov = gradient.multiply(1 - momentum).add(velocity, momentum);
      Tensor direction = orthogonalize(nesterov.to(compute));
      double shape = Math.sqrt(Math.max(1.0, (double) parameter.size(0) / parameter.size(1)));
      if (group.weightDecay() > 0) {
        parameter.multiplyInPlace(1 - rate * group.weightDecay());
      }
      parameter.addInPlace(direction.to(DType.FP32), -rate * shape);
    }
  }

  /// Newton-Schulz iteration towards the nearest semi-orthogonal matrix.
  /// @param x `[rows, columns]`
  /// @return same shape, singular values near one
  static Tensor orthogonalize(Tensor x) {
    boolean tall = x.size(0) > x.size(1);
    Tensor y = tall ? x.transpose(0, 1) : x;
    y = y.multiply(1 / (y.norm() + 1e-7));
    for (int i = 0; i < ITERATIONS; i++) {
      Tensor gram = y.matmul(y.transpose(0, 1));
      Tensor polynomial = gram.multiply(B).add(gram.matmul(gram), C);
      y = y.multiply(A).add(polynomial.matmul(y));
    }
    return tall ? y.transpose(0, 1) : y;
  }

  @Override
  public Map<String, Tensor> state() {
    return state;
  }
}

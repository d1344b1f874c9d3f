package dev.auspex.optim;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.Arrays;
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

  /// Matrices orthogonalised at once.
  private static final int BATCH = 8;

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
  public void step(double learningRate, double gradientScale) {
    try (Torch.NoGrad _ = Torch.noGrad()) {
      for (ParameterGroup group : groups) {
        double rate = learningRate * group.learningRateScale();
        for (List<String> names : batches(group.parameters())) {
          move(names, group, rate, gradientScale);
        }
      }
    }
  }

  /// Names of equally shaped parameters together, at most {@link #BATCH}, so that one batch of
  /// products serves them all. What is together stays together when only some batches are asked
  /// for.
  public static List<List<String>> batches(Map<String, Tensor> parameters) {
    Map<String, List<String>> byShape = new LinkedHashMap<>();
    parameters.forEach(
        (name, parameter) ->
            byShape
                .computeIfAbsent(Arrays.toString(parameter.shape()), _ -> new ArrayList<>())
                .add(name));
    List<List<String>> batches = new ArrayList<>();
    for (List<String> names : byShape.values()) {
      for (int from = 0; from < names.size(); from += BATCH) {
        batches.add(List.copyOf(names.subList(from, Math.min(names.size(), from + BATCH))));
      }
    }
    return batches;
  }

  private void move(List<String> names, ParameterGroup group, double rate, double gradientScale) {
    try (TensorScope _ = TensorScope.open()) {
      Tensor[] nesterov = new Tensor[names.size()];
      for (int i = 0; i < nesterov.length; i++) {
        Tensor raw = group.parameters().get(names.get(i)).grad().to(DType.FP32);
        Tensor gradient = gradientScale == 1 ? raw : raw.multiply(gradientScale);
        Tensor velocity = state.get(names.get(i) + ".momentum");
        velocity.multiplyInPlace(momentum).addInPlace(gradient, 1 - momentum);
        long[] shape = gradient.shape();
        nesterov[i] =
            gradient.multiply(1 - momentum).add(velocity, momentum).reshape(1, shape[0], shape[1]);
      }
      Tensor directions =
          orthogonalize(Tensor.concat(0, nesterov).to(compute)).to(DType.FP32); // [N, rows, cols]
      double tall = (double) directions.size(1) / directions.size(2);
      for (int i = 0; i < nesterov.length; i++) {
        Tensor parameter = group.parameters().get(names.get(i));
        parameter.multiplyInPlace(1 - rate * group.weightDecay());
        parameter.addInPlace(directions.select(0, i), -rate * Math.sqrt(Math.max(1.0, tall)));
      }
    }
  }

  /// Newton-Schulz iteration towards the nearest semi-orthogonal matrices.
  /// @param x `[count, rows, columns]`
  /// @return same shape, singular values near one
  static Tensor orthogonalize(Tensor x) {
    boolean tall = x.size(1) > x.size(2);
    Tensor y = tall ? x.transpose(1, 2) : x;
    y = y.divide(Fused.rowNorms(x.reshape(x.size(0), 1, -1)).to(x.dtype()));
    for (int i = 0; i < ITERATIONS; i++) {
      Tensor gram = y.matmul(y.transpose(1, 2));
      Tensor polynomial = gram.multiply(B).add(gram.matmul(gram), C);
      y = y.multiply(A).add(polynomial.matmul(y));
    }
    return tall ? y.transpose(1, 2) : y;
  }

  @Override
  public Map<String, Tensor> state() {
    return state;
  }
}

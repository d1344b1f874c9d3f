package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One matrix product that may serve several projections of the same input.
///
/// The gain of the RMSNorm in front and a constant factor are folded into the weights before the
/// product, which is cheaper than scaling the activations: `(x * g) W^T = x (W * g)^T`. Has no
// bias.
final class Linear {
  private final List<Tensor> weights;
  private final @Nullable Tensor gain;
  private final double factor;
  private final DType compute;
  private @Nullable Tensor prepared;

  /// @param weights `[out_i, in]` each, in FP32
  /// @param gain `[in]`, or null for none
  /// @param factor constant that multiplies the result
  Linear(List<Tensor> weights, @Nullable Tensor gain, double factor, DType compute) {
    this.weights = List.copyOf(weights);
    this.gain = gain;
    this.factor = factor;
    this.compute = compute;
  }

  /// @param x `[..., in]`
  /// @return `[..., sum of out_i]`, in the compute type
  Tensor forward(Tensor x) {
    return x.matmul(weight().transpose(0, 1));
  }

  /// Freezes the folded weights for inference; called without gradient recording.
  void prepare() {
    prepared = folded();
  }

  private Tensor weight() {
    return prepared == null ? folded() : prepared;
  }

  private Tensor folded() {
    Tensor weight =
        weights.size() == 1 ? weights.getFirst() : Tensor.concat(0, weights.toArray(Tensor[]::new));
    if (gain != null) {
      weight = weight.multiply(factor == 1.0 ? gain : gain.multiply(factor));
    } else if (factor != 1.0) {
      weight = weight.multiply(factor);
    }
    return weight.to(compute);
  }
}

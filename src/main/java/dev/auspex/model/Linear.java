package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tensor.kernel.Kernels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One matrix product that may serve several projections of the same input.
///
/// The gain of the RMSNorm in front and a constant factor are folded into the weights before the
/// product, which is cheaper than scaling the activations: `(x * g) W^T = x (W * g)^T`. The shift
/// of a LayerNorm becomes part of the bias: `(x + s) W^T + b = x W^T + (W s + b)`.
final class Linear {
  private final List<Tensor> weights;
  private final @Nullable Tensor gain;
  private final @Nullable Tensor shift;
  private final List<Tensor> biases;
  private final double factor;
  private final DType compute;
  private @Nullable LowRank added;
  private @Nullable Tensor prepared;
  private @Nullable Tensor preparedBias;
  private @Nullable FoldedWeight kept;
  private boolean keeping;

  /// @param weights `[out_i, in]` each, in FP32
  /// @param biases `[out_i]` each, or none at all
  /// @param norm what the norm in front leaves to this product
  /// @param factor constant that multiplies the result
  Linear(List<Tensor> weights, List<Tensor> biases, Affine norm, double factor, DType compute) {
    this.weights = List.copyOf(weights);
    this.biases = List.copyOf(biases);
    this.gain = norm.gain();
    this.shift = norm.shift();
    this.factor = factor;
    this.compute = compute;
  }

  /// Gain and shift of a norm `[in]`, null for none.
  record Affine(@Nullable Tensor gain, @Nullable Tensor shift) {
    static final Affine NONE = new Affine(null, null);
  }

  /// @param x `[..., in]`
  /// @return `[..., sum of out_i]`, in the compute type
  Tensor forward(Tensor x) {
    Tensor y = x.matmul(weight().transpose(0, 1));
    Tensor bias = preparedBias == null ? bias() : preparedBias;
    Tensor product = bias == null ? y : y.addInPlace(bias);
    return added == null ? product : product.add(added.forward(x));
  }

  /// Adds the gradients of weights and bias to the kept copies, as autograd would behind {@link
  /// #forward}. Not for products that something is added to.
  ///
  /// @param x what went in `[..., in]`
  /// @param gradient of what came out `[..., sum of out_i]`
  void addGradients(Tensor x, Tensor gradient) {
    Tensor rows = gradient.reshape(-1, kept.weight().size(0)); // [N, out]
    Tensor inputs = x.reshape(-1, kept.weight().size(1)); // [N, in]
    kept.weight().addGrad(Kernels.matmul(rows.transpose(0, 1), inputs));
    if (kept.bias() != null) {
      kept.bias().addGrad(rows.sum(0));
    }
  }

  /// The gradient of what went in.
  ///
  /// @param gradient of what came out `[..., sum of out_i]`
  /// @return `[..., in]`
  Tensor inputGradient(Tensor gradient) {
    return Kernels.matmul(gradient, kept.weight());
  }

  /// From now on multiplies with kept copies of the weights, brought up to date, until {@link
  /// #letGo}.
  void keep() {
    if (prepared != null) {
      return;
    }
    if (kept == null) {
      kept = new FoldedWeight(weights, biases, new Affine(gain, shift), factor, compute);
    }
    kept.refresh();
    keeping = true;
  }

  /// Hands the gradients of the kept copies to the parameters.
  void passGradients() {
    if (keeping) {
      kept.passGradients();
    }
  }

  /// Multiplies with the parameters themselves again.
  void letGo() {
    keeping = false;
  }

  /// Frees the kept copies and what {@link #prepare} made.
  void free() {
    if (kept != null) {
      kept.free();
    }
    if (prepared != null && prepared != weights.getFirst()) {
      prepared.free();
    }
  }

  /// Freezes the weights, and adds to every product what is trained in their place.
  ///
  /// @param names of the weights
  void tuneBy(Lora lora, List<String> names) {
    List<Long> rows = weights.stream().map(weight -> weight.size(0)).toList();
    added = lora.on(names, rows, new Affine(gain, shift), compute);
    try (Torch.NoGrad _ = Torch.noGrad()) {
      prepare();
    }
  }

  /// Freezes the folded weights; called without gradient recording.
  void prepare() {
    Tensor first = weights.getFirst();
    boolean asIs = weights.size() == 1 && gain == null && factor == 1 && first.dtype() == compute;
    prepared = asIs ? first : TensorScope.returning(this::folded);
    preparedBias = bias();
  }

  /// The weights with all that is folded into them `[sum of out_i, in]`, in the compute type.
  Tensor weight() {
    if (keeping) {
      return kept.weight();
    }
    return prepared == null ? folded() : prepared;
  }

  private static Tensor joined(List<Tensor> parts) {
    return parts.size() == 1 ? parts.getFirst() : Tensor.concat(0, parts.toArray(Tensor[]::new));
  }

  /// What is added after the product `[sum of out_i]`, null for nothing.
  @Nullable Tensor bias() {
    if (keeping) {
      return kept.bias();
    }
    Tensor bias = biases.isEmpty() ? null : joined(biases);
    if (shift != null) {
      Tensor shifted = joined(weights).matmul(shift);
      bias = bias == null ? shifted : bias.add(shifted);
    }
    if (bias == null) {
      return null;
    }
    return (factor == 1.0 ? bias : bias.multiply(factor)).to(compute);
  }

  private Tensor folded() {
    Tensor weight = joined(weights);
    if (gain != null) {
      weight = weight.multiply(factor == 1.0 ? gain : gain.multiply(factor));
    } else if (factor != 1.0) {
      weight = weight.multiply(factor);
    }
    return weight.to(compute);
  }
}

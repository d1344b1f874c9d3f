package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tensor.kernel.FoldKernel;
import dev.auspex.tensor.kernel.Kernels;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The weights of one {@link Linear} as a training step multiplies with them: joined, folded, in
/// the compute type, and kept from step to step, so that each is folded and converted once for an
/// update, however many micro-batches a step has.
///
/// The graph of a step ends here; {@link #passGradients} carries the gradients to the parameters by
/// the chain rule. Both ways go over a few MB at a time, so that each number travels between memory
/// and processor once. Lives until {@link #free}.
final class FoldedWeight {
  /// Elements that are converted at once; with their FP32 values a few MB.
  private static final long CHUNK_ELEMENTS = 1 << 20;

  private final List<Tensor> weights;
  private final List<Tensor> biases;
  private final @Nullable Tensor gain;
  private final @Nullable Tensor shift;
  private final double factor;
  private final Tensor weight;
  private final @Nullable Tensor bias;
  private long version = -1;

  /// @param weights `[out_i, in]` each
  /// @param biases `[out_i]` each, or none at all
  FoldedWeight(
      List<Tensor> weights, List<Tensor> biases, Linear.Affine norm, double factor, DType compute) {
    this.weights = weights;
    this.biases = biases;
    this.gain = norm.gain();
    this.shift = norm.shift();
    this.factor = factor;
    long rows = weights.stream().mapToLong(part -> part.size(0)).sum();
    this.weight = Tensor.zeros(compute, rows, weights.getFirst().size(1)).keep().requireGrad();
    this.bias =
        biases.isEmpty() && shift == null ? null : Tensor.zeros(compute, rows).keep().requireGrad();
  }

  /// A leaf `[sum of out_i, in]`.
  Tensor weight() {
    return weight;
  }

  /// A leaf `[sum of out_i]`, null for none.
  @Nullable Tensor bias() {
    return bias;
  }

  /// Folds anew what was changed since the last call.
  void refresh() {
    long now =
        Stream.of(weights.stream(), biases.stream(), Stream.of(gain, shift))
            .flatMap(tensors -> tensors)
            .mapToLong(tensor -> tensor == null ? 0 : tensor.version())
            .sum();
    if (now == version) {
      return;
    }
    version = now;
    try (Torch.NoGrad _ = Torch.noGrad()) {
      Tensor scale = scale();
      forEachChunk(
          (index, at, from, rows) -> {
            Tensor part = weights.get(index).narrow(0, from, rows);
            Tensor into = weight.narrow(0, at, rows);
            if (Kernels.usable() && (scale != null || factor == 1.0)) {
              FoldKernel.fold(part, scale, into);
            } else {
              into.copyInPlace(
                  scale != null
                      ? part.multiply(scale)
                      : factor == 1.0 ? part : part.multiply(factor));
            }
            if (bias != null) {
              bias.narrow(0, at, rows).copyInPlace(bias(index, from, rows, part));
            }
          });
    }
  }

  private Tensor bias(int index, long from, long rows, Tensor part) {
    Tensor sum = biases.isEmpty() ? null : biases.get(index).narrow(0, from, rows);
    if (shift != null) {
      Tensor shifted = part.matmul(shift);
      sum = sum == null ? shifted : sum.add(shifted);
    }
    return factor == 1.0 ? sum : sum.multiply(factor);
  }

  /// What columns are multiplied by `[in]`, null for nothing or a mere number.
  private @Nullable Tensor scale() {
    return gain == null || factor == 1.0 ? gain : gain.multiply(factor);
  }

  /// Moves the gradients of the leaves to the parameters they were folded from, where they add up;
  /// those of weights that nothing is folded into stay in the compute type.
  void passGradients() {
    try (Torch.NoGrad _ = Torch.noGrad()) {
      Tensor gradient = weight.takeGrad();
      Tensor biasGradient = bias == null ? null : bias.takeGrad().to(DType.FP32).multiply(factor);
      if (biasGradient != null && !biases.isEmpty()) {
        long at = 0;
        for (Tensor part : biases) {
          part.addGrad(biasGradient.narrow(0, at, part.size(0)));
          at += part.size(0);
        }
      }
      if (gain == null && factor == 1.0 && shift == null) {
        long at = 0;
        for (Tensor part : weights) {
          Tensor own = gradient.narrow(0, at, part.size(0));
          part.addGrad(Kernels.usable() ? own : own.to(DType.FP32));
          at += part.size(0);
        }
      } else if (Kernels.usable() && gain != null && shift == null) {
        passScaled(gradient);
      } else {
        passFolded(gradient, biasGradient);
      }
    }
  }

  private void passScaled(Tensor gradient) {
    float[] sums = new float[(int) weight.size(1)];
    long at = 0;
    for (Tensor part : weights) {
      Tensor passed = part.emptyLike();
      Tensor own = gradient.narrow(0, at, part.size(0));
      float[] products = FoldKernel.passBack(own, part, scale(), passed);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += (float) factor * products[i];
      }
      part.addGrad(passed);
      at += part.size(0);
    }
    gain.addGrad(Tensor.of(sums, sums.length));
  }

  private void passFolded(Tensor gradient, @Nullable Tensor biasGradient) {
    Tensor scale = scale();
    long width = weight.size(1);
    Tensor gainGradient = gain == null ? null : Tensor.zeros(DType.FP32, width);
    Tensor shiftGradient = shift == null ? null : Tensor.zeros(DType.FP32, width);
    List<Tensor> gradients = weights.stream().map(Tensor::emptyLike).toList();
    forEachChunk(
        (index, at, from, rows) -> {
          Tensor part = weights.get(index).narrow(0, from, rows);
          Tensor into = gradients.get(index).narrow(0, from, rows);
          into.copyInPlace(gradient.narrow(0, at, rows));
          if (gainGradient != null) {
            gainGradient.addInPlace(into.multiply(part).sum(0), factor);
          }
          if (scale != null) {
            into.multiplyInPlace(scale);
          } else if (factor != 1.0) {
            into.multiplyInPlace(factor);
          }
          if (shiftGradient != null) {
            Tensor rowGradient = biasGradient.narrow(0, at, rows);
            into.addInPlace(rowGradient.reshape(-1, 1).multiply(shift));
            shiftGradient.addInPlace(part.transpose(0, 1).matmul(rowGradient));
          }
        });
    for (int i = 0; i < gradients.size(); i++) {
      weights.get(i).addGrad(gradients.get(i));
    }
    if (gainGradient != null) {
      gain.addGrad(gainGradient);
    }
    if (shiftGradient != null) {
      shift.addGrad(shiftGradient);
    }
  }

  /// Some rows of one of the weights.
  private interface Chunk {
    /// @param index of the weight
    /// @param at first row in what is joined
    /// @param from first row in the weight
    void visit(int index, long at, long from, long rows);
  }

  private void forEachChunk(Chunk chunk) {
    long most = Math.max(1, CHUNK_ELEMENTS / weight.size(1));
    long start = 0;
    for (int index = 0; index < weights.size(); index++) {
      long all = weights.get(index).size(0);
      for (long from = 0; from < all; from += most) {
        try (TensorScope _ = TensorScope.open()) {
          chunk.visit(index, start + from, from, Math.min(most, all - from));
        }
      }
      start += all;
    }
  }

  /// Frees the leaves.
  void free() {
    weight.free();
    if (bias != null) {
      bias.free();
    }
  }
}

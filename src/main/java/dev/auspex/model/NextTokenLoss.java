package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/// Head and cross-entropy with their gradients by hand, in chunks of rows: the logits of all rows
/// (`rows x vocab`, in FP32 and several times) would be the largest tensors of a step.
final class NextTokenLoss {
  /// Logits held at once; a few MB, so that they stay in the processor's caches.
  private static final long CHUNK_ELEMENTS = 1 << 22;

  private static final int FEWEST_ROWS = 64;

  private NextTokenLoss() {}

  /// @param loss mean over the targets that count, in nats per token
  /// @param hiddenGradient `[rows, dim]`
  /// @param weightGradient `[vocab, dim]`, null where the head is not trained
  /// @param biasGradient `[vocab]`, null also without a bias
  record Result(
      double loss,
      Tensor hiddenGradient,
      @Nullable Tensor weightGradient,
      @Nullable Tensor biasGradient) {
    /// Hands the gradients on, the hidden states' first.
    void backward(Tensor hidden, Head head) {
      hidden.backward(hiddenGradient);
      if (head.bias != null && biasGradient != null) {
        head.bias.backward(biasGradient);
      }
      if (weightGradient != null) {
        head.weight.backward(weightGradient);
      }
    }
  }

  /// What scores hidden states.
  ///
  /// @param weight `[vocab, dim]`, in the type of the hidden states
  /// @param bias `[vocab]`, null for none
  /// @param trained whether its gradients are wanted
  record Head(Tensor weight, @Nullable Tensor bias, boolean trained) {}

  /// Called without gradient recording.
  ///
  /// @param hidden normalised hidden states `[rows, dim]`
  /// @param targets ids `[rows]`; -1 is left out
  /// @param gradientScale factor on all gradients
  static Result of(Head head, Tensor hidden, Tensor targets, double gradientScale) {
    Tensor weight = head.weight();
    Tensor bias = head.bias();
    long rows = hidden.size(0);
    long chunk = Math.max(FEWEST_ROWS, CHUNK_ELEMENTS / weight.size(0));
    long count = Fused.countTargets(targets);
    double scale = gradientScale / Math.max(1, count);
    double loss = 0;
    Tensor hiddenGradient = Tensor.zeros(hidden.dtype(), hidden.shape());
    Tensor weightGradient = head.trained() ? Tensor.zeros(DType.FP32, weight.shape()) : null;
    Tensor biasGradient =
        bias == null || !head.trained() ? null : Tensor.zeros(DType.FP32, bias.shape());
    for (long at = 0; at < rows; at += chunk) {
      long length = Math.min(chunk, rows - at);
      Tensor some = hidden.narrow(0, at, length);
      Tensor ids = targets.narrow(0, at, length);
      try (TensorScope _ = TensorScope.open()) {
        Tensor scores = some.matmul(weight.transpose(0, 1)); // [length, V]
        Fused.CrossEntropy entropy =
            Fused.CrossEntropy.of(bias == null ? scores : scores.add(bias), ids, count == rows);
        loss += entropy.loss();
        if (weightGradient != null) {
          weightGradient.addInPlace(entropy.gradient().transpose(0, 1).matmul(some), scale);
        }
        if (biasGradient != null) {
          Tensor ones = Tensor.zeros(weight.dtype(), 1, length).addInPlace(1);
          biasGradient.addInPlace(ones.matmul(entropy.gradient()).reshape(-1), scale);
        }
        hiddenGradient.narrow(0, at, length).copyInPlace(entropy.gradient().matmul(weight));
      }
    }
    hiddenGradient.multiplyInPlace(scale);
    return new Result(
        loss / Math.max(1, count),
        hiddenGradient,
        weightGradient == null ? null : weightGradient.to(weight.dtype()),
        biasGradient == null ? null : biasGradient.to(weight.dtype()));
  }
}

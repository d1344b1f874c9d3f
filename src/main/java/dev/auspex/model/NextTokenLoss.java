package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/// Head and cross-entropy with their gradients by hand, in chunks of rows: the logits of all rows
/// (`rows x vocab`, in FP32 and several times) would be the largest tensors of a long step.
final class NextTokenLoss {
  /// Logits held at once. Chunks of few rows make slow products, and each reads all weights.
  private static final long CHUNK_ELEMENTS = 1 << 24;

  private static final int FEWEST_ROWS = 64;

  private final Head head;
  private final Tensor hidden;
  private final Tensor targets;
  private final boolean complete;
  private final double scale;
  private final Tensor hiddenGradient;
  private final @Nullable Tensor biasGradient;
  private double loss;

  private NextTokenLoss(Head head, Tensor hidden, Tensor targets, Scale scale) {
    this.head = head;
    this.hidden = hidden;
    this.targets = targets;
    this.complete = scale.complete();
    this.scale = scale.factor();
    this.hiddenGradient = hidden.emptyLike();
    Tensor bias = head.bias();
    this.biasGradient =
        bias == null || !head.trained() ? null : Tensor.zeros(DType.FP32, bias.shape());
  }

  /// @param complete whether all targets count
  private record Scale(boolean complete, double factor) {}

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
        head.bias.addGrad(biasGradient);
      }
      if (weightGradient != null) {
        head.weight.addGrad(weightGradient);
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
    DType type = head.weight().dtype();
    long rows = hidden.size(0);
    long chunk = Math.max(FEWEST_ROWS, CHUNK_ELEMENTS / head.weight().size(0));
    long count = Fused.countTargets(targets);
    Scale scale = new Scale(count == rows, gradientScale / Math.max(1, count));
    NextTokenLoss pass = new NextTokenLoss(head, hidden, targets, scale);
    Tensor weightGradient = head.trained() ? pass.trained(chunk).to(type) : null;
    if (weightGradient == null) {
      for (long at = 0; at < rows; at += chunk) {
        try (TensorScope _ = TensorScope.open()) {
          pass.scoreGradient(at, Math.min(chunk, rows - at));
        }
      }
    }
    return new Result(
        pass.loss / Math.max(1, count),
        pass.hiddenGradient,
        weightGradient,
        pass.biasGradient == null ? null : pass.biasGradient.to(type));
  }

  /// Does all rows; the gradient of the weights, summed in FP32 where there are several chunks.
  private Tensor trained(long chunk) {
    long rows = hidden.size(0);
    DType sumType = rows > chunk ? DType.FP32 : head.weight().dtype();
    Tensor gradient =
        TensorScope.returning(() -> weightGradient(0, Math.min(chunk, rows)).to(sumType));
    for (long at = chunk; at < rows; at += chunk) {
      try (TensorScope _ = TensorScope.open()) {
        gradient.addInPlace(weightGradient(at, Math.min(chunk, rows - at)));
      }
    }
    return gradient;
  }

  private Tensor weightGradient(long at, long length) {
    return scoreGradient(at, length).transpose(0, 1).matmul(hidden.narrow(0, at, length));
  }

  /// Does a chunk of rows; the gradient of their scores `[length, vocab]`.
  private Tensor scoreGradient(long at, long length) {
    Tensor weight = head.weight();
    Tensor bias = head.bias();
    Tensor scores = hidden.narrow(0, at, length).matmul(weight.transpose(0, 1));
    if (bias != null) {
      scores.addInPlace(bias);
    }
    loss += Fused.crossEntropyInPlace(scores, targets.narrow(0, at, length), complete, scale);
    if (biasGradient != null) {
      Tensor ones = Tensor.zeros(weight.dtype(), 1, length).addInPlace(1);
      biasGradient.addInPlace(ones.matmul(scores).reshape(-1));
    }
    hiddenGradient.narrow(0, at, length).copyInPlace(scores.matmul(weight));
    return scores;
  }
}

package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;

/// Head and cross-entropy with their gradients by hand, in chunks of rows: the logits of all rows
/// (`rows x vocab`, in FP32 and several times) would be the largest tensors of a long step.
final class NextTokenLoss {
  /// Logits held at once. Chunks of few rows make slow products, and each reads all weights.
  private static final long CHUNK_ELEMENTS = 1 << 24;

  private static final int FEWEST_ROWS = 64;

  private final Tensor hidden;
  private final Tensor weight;
  private final Tensor targets;
  private final boolean complete;
  private final double scale;
  private final Tensor hiddenGradient;
  private double loss;

  private NextTokenLoss(Tensor hidden, Tensor weight, Tensor targets, Scale scale) {
    this.hidden = hidden;
    this.weight = weight;
    this.targets = targets;
    this.complete = scale.complete();
    this.scale = scale.factor();
    this.hiddenGradient = hidden.emptyLike();
  }

  /// @param complete whether all targets count
  private record Scale(boolean complete, double factor) {}

  /// @param loss mean over the targets that count, in nats per token
  /// @param hiddenGradient `[rows, dim]`
  /// @param weightGradient `[vocab, dim]`
  record Result(double loss, Tensor hiddenGradient, Tensor weightGradient) {}

  /// Called without gradient recording.
  ///
  /// @param hidden normalised hidden states `[rows, dim]`
  /// @param weight of the head `[vocab, dim]`, in the type of `hidden`
  /// @param targets ids `[rows]`; -1 is left out
  /// @param gradientScale factor on all gradients
  static Result of(Tensor hidden, Tensor weight, Tensor targets, double gradientScale) {
    long rows = hidden.size(0);
    long chunk = Math.max(FEWEST_ROWS, CHUNK_ELEMENTS / weight.size(0));
    long count = Fused.countTargets(targets);
    Scale scale = new Scale(count == rows, gradientScale / Math.max(1, count));
    NextTokenLoss pass = new NextTokenLoss(hidden, weight, targets, scale);
    DType sumType = rows > chunk ? DType.FP32 : weight.dtype();
    Tensor weightGradient =
        TensorScope.returning(() -> pass.weightGradient(0, Math.min(chunk, rows)).to(sumType));
    for (long at = chunk; at < rows; at += chunk) {
      try (TensorScope _ = TensorScope.open()) {
        weightGradient.addInPlace(pass.weightGradient(at, Math.min(chunk, rows - at)));
      }
    }
    return new Result(
        pass.loss / Math.max(1, count), pass.hiddenGradient, weightGradient.to(weight.dtype()));
  }

  /// Does a chunk of rows; the gradient of the weights that comes from it.
  private Tensor weightGradient(long at, long length) {
    Tensor some = hidden.narrow(0, at, length);
    Tensor scores = some.matmul(weight.transpose(0, 1)); // [length, V]
    loss += Fused.crossEntropyInPlace(scores, targets.narrow(0, at, length), complete, scale);
    hiddenGradient.narrow(0, at, length).copyInPlace(scores.matmul(weight));
    return scores.transpose(0, 1).matmul(some);
  }
}

package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tensor.kernel.Kernels;
import dev.auspex.tensor.kernel.LossKernel;
import org.jspecify.annotations.Nullable;

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

  /// What scores hidden states.
  ///
  /// @param weight `[vocab, dim]`, in the type of the hidden states
  /// @param trained whether its gradient is wanted
  record Head(Tensor weight, boolean trained) {}

  /// @param loss mean over the targets that count, in nats per token
  /// @param hiddenGradient gradient of the hidden states `[rows, dim]`
  record Result(double loss, Tensor hiddenGradient) {}

  /// Hands the head its gradient.
  ///
  /// @param hidden normalised hidden states `[rows, dim]`
  /// @param targets ids `[rows]`; -1 is left out
  /// @param gradientScale factor on all gradients
  static Result backward(Head head, Tensor hidden, Tensor targets, double gradientScale) {
    long count = Fused.countTargets(targets);
    Scale scale = new Scale(count == hidden.size(0), gradientScale / Math.max(1, count));
    NextTokenLoss pass = new NextTokenLoss(hidden, head.weight(), targets, scale);
    Tensor weightGradient;
    try (Torch.NoGrad _ = Torch.noGrad()) {
      weightGradient = pass.allRows(head.trained());
    }
    if (weightGradient != null) {
      head.weight().addGrad(weightGradient);
    }
    return new Result(pass.loss / Math.max(1, count), pass.hiddenGradient);
  }

  /// The gradient of the weights `[vocab, dim]`, summed in FP32 where there are several chunks;
  /// null where they are not trained.
  private @Nullable Tensor allRows(boolean trained) {
    long rows = hidden.size(0);
    long chunk = Math.max(FEWEST_ROWS, CHUNK_ELEMENTS / weight.size(0));
    DType sumType = rows > chunk ? DType.FP32 : weight.dtype();
    Tensor sum = null;
    for (long at = 0; at < rows; at += chunk) {
      long from = at;
      long length = Math.min(chunk, rows - at);
      if (trained && sum == null) {
        sum = TensorScope.returning(() -> weightGradient(from, length).to(sumType));
        continue;
      }
      try (TensorScope _ = TensorScope.open()) {
        if (sum == null) {
          scoreGradient(from, length);
        } else {
          sum.addInPlace(weightGradient(from, length));
        }
      }
    }
    return sum == null ? null : sum.to(weight.dtype());
  }

  private Tensor weightGradient(long at, long length) {
    return Kernels.matmul(scoreGradient(at, length).transpose(0, 1), hidden.narrow(0, at, length));
  }

  /// Does a chunk of rows; the gradient of their scores `[length, vocab]`.
  private Tensor scoreGradient(long at, long length) {
    Tensor scores = hidden.narrow(0, at, length).matmul(weight.transpose(0, 1));
    Tensor wanted = targets.narrow(0, at, length);
    loss +=
        Kernels.usable()
            ? LossKernel.crossEntropyInPlace(scores, wanted, scale)
            : Fused.crossEntropyInPlace(scores, wanted, complete, scale);
    hiddenGradient.narrow(0, at, length).copyInPlace(Kernels.matmul(scores, weight));
    return scores;
  }
}

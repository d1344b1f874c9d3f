package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One pass through blocks, head and loss of a training step, forward and backward: by hand, or by
/// autograd but for the head, which is the slow twin.
///
/// By hand a block keeps what its matrix products need again and the arguments of its activation;
/// results of activations and norms' inputs are not kept.
final class TrainingPass {
  private final List<Block> blocks;
  private final Norm finalNorm;
  private final NextTokenLoss.Head head;
  private final Gpt.Backward how;
  private final List<Block.Passed> passed = new ArrayList<>(); // where nothing is computed twice
  private final List<Tensor> entries = new ArrayList<>(); // streams before the blocks, elsewhere

  TrainingPass(List<Block> blocks, Norm finalNorm, NextTokenLoss.Head head, Gpt.Backward how) {
    this.blocks = blocks;
    this.finalNorm = finalNorm;
    this.head = head;
    this.how = how;
  }

  /// Mean loss; gradients go to the weights and through `x` to what it was made of.
  ///
  /// @param x residual stream before the first block `[batch, seq, dim]`
  /// @param targets ids `[batch, seq]`; -1 is left out
  /// @return nats per token
  double byHand(Tensor x, Tensor targets) {
    NextTokenLoss.Result result;
    Tensor gradient = Tensor.zeros(x.dtype(), x.shape());
    try (Torch.NoGrad _ = Torch.noGrad()) {
      Norm.Passed last = pass(x.detach());
      result = headLoss(last.normed(), targets);
      finalNorm.passBack(last, result.hiddenGradient().reshape(x.shape()), gradient);
      for (int layer = blocks.size() - 1; layer >= 0; layer--) {
        try (TensorScope _ = TensorScope.open()) {
          Block block = blocks.get(layer);
          block.passBack(
              how.recompute() ? block.pass(entries.get(layer), null, false) : passed.get(layer),
              gradient);
        }
      }
    }
    if (head.trained()) {
      x.backward(gradient);
    }
    return result.loss();
  }

  private Norm.Passed pass(Tensor first) {
    Tensor stream = first;
    Tensor added = null;
    for (Block block : blocks) {
      if (how.recompute()) {
        Tensor before = stream;
        Tensor branch = added;
        List<Tensor> ends = TensorScope.returningAll(() -> ends(block, before, branch));
        entries.add(ends.getFirst());
        stream = ends.get(1);
        added = ends.get(2);
      } else {
        passed.add(block.pass(stream, added, false));
        stream = passed.getLast().second().sum();
        added = passed.getLast().added();
      }
    }
    return finalNorm.pass(stream, added, blocks.getFirst().residual(), false);
  }

  /// The stream where a block takes it and where it leaves it, and what is still to be added there.
  private static List<Tensor> ends(Block block, Tensor stream, @Nullable Tensor added) {
    Block.Passed passed = block.pass(stream, added, true);
    return List.of(passed.first().sum(), passed.second().sum(), passed.added());
  }

  /// The same by autograd.
  double byAutograd(Tensor x, Tensor targets) {
    if (!how.recompute()) {
      Tensor stream = x;
      for (Block block : blocks) {
        stream = block.forward(stream, null);
      }
      return headLossBackward(stream, targets);
    }
    entries.add(x.detach());
    try (Torch.NoGrad _ = Torch.noGrad()) {
      for (Block block : blocks) {
        Tensor entry = entries.getLast();
        entries.add(TensorScope.returning(() -> block.forward(entry, null)));
      }
    }
    entries.forEach(Tensor::requireGrad);
    double loss = headLossBackward(entries.getLast(), targets);
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      try (TensorScope _ = TensorScope.open()) {
        Tensor out = blocks.get(layer).forward(entries.get(layer), null);
        out.backward(entries.get(layer + 1).takeGrad());
      }
    }
    if (head.trained()) {
      x.backward(entries.getFirst().takeGrad());
    }
    return loss;
  }

  private double headLossBackward(Tensor stream, Tensor targets) {
    Tensor normed = finalNorm.forward(stream);
    NextTokenLoss.Result result = headLoss(normed.detach(), targets);
    normed.backward(result.hiddenGradient().reshape(normed.shape()));
    return result.loss();
  }

  private NextTokenLoss.Result headLoss(Tensor normed, Tensor targets) {
    Tensor hidden = normed.reshape(-1, normed.size(-1)); // [B*T, D]
    return NextTokenLoss.backward(head, hidden, targets.reshape(-1), how.scale());
  }
}

package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One pass through blocks, head and loss of a training step, forward and backward: by hand, or by
/// autograd but for the head, which is the slow twin.
///
/// The stack is cut at the borders of its blocks, so that a block's gradients are complete while
/// the blocks before it have yet to come. By hand a block keeps what its matrix products need again
/// and the arguments of its activation; results of activations and inputs of norms are not kept.
final class TrainingPass {
  private static final String BLOCK = "model.layers.";

  private final List<Block> blocks;
  private final Norm finalNorm;
  private final NextTokenLoss.Head head;
  private final Gpt.Backward how;
  private final IntConsumer completed;
  private final List<Block.Passed> passed = new ArrayList<>(); // where nothing is computed twice
  private final List<Tensor> entries = new ArrayList<>(); // streams before the blocks, and the last

  /// @param completed told each block, by number, whose weights have their gradients, the number of
  ///     blocks standing for the head
  TrainingPass(
      List<Block> blocks,
      Norm finalNorm,
      NextTokenLoss.Head head,
      Gpt.Backward how,
      IntConsumer completed) {
    this.blocks = blocks;
    this.finalNorm = finalNorm;
    this.head = head;
    this.how = how;
    this.completed = completed;
  }

  /// Parameters as {@link Gpt#gradientOrder} groups them.
  static List<List<Parameter>> gradientOrder(Collection<Parameter> parameters, int numBlocks) {
    List<List<Parameter>> groups =
        Stream.generate(() -> (List<Parameter>) new ArrayList<Parameter>())
            .limit(numBlocks + 2)
            .toList();
    for (Parameter parameter : parameters) {
      groups.get(group(parameter.name(), numBlocks)).add(parameter);
    }
    return groups;
  }

  private static int group(String name, int numBlocks) {
    if (name.startsWith(BLOCK)) {
      int end = name.indexOf('.', BLOCK.length());
      return numBlocks - Integer.parseInt(name.substring(BLOCK.length(), end));
    }
    return name.startsWith("model.norm.") || name.startsWith("lm_head.") ? 0 : numBlocks + 1;
  }

  /// Mean loss; gradients go to the weights and through `x` to what it was made of.
  ///
  /// @param x residual stream before the first block `[batch, seq, dim]`
  /// @param targets ids `[batch, seq]`; -1 is left out
  /// @return nats per token
  double loss(Tensor x, Tensor targets) {
    return Kernels.usable() && head.trained() ? byHand(x, targets) : byAutograd(x, targets);
  }

  private double byHand(Tensor x, Tensor targets) {
    NextTokenLoss.Result result;
    Tensor gradient = Tensor.zeros(x.dtype(), x.shape());
    try (Torch.NoGrad _ = Torch.noGrad()) {
      Norm.Passed last = pass(x.detach());
      result = headLoss(last.normed(), targets);
      finalNorm.passBack(last, result.hiddenGradient().reshape(x.shape()), gradient);
      completed.accept(blocks.size());
      for (int layer = blocks.size() - 1; layer >= 0; layer--) {
        try (TensorScope _ = TensorScope.open()) {
          Block block = blocks.get(layer);
          block.passBack(
              how.recompute() ? block.pass(entries.get(layer), null, false) : passed.get(layer),
              gradient);
          completed.accept(layer);
        }
      }
    }
    x.backward(gradient);
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

  /// By autograd, each block with a graph of its own.
  private double byAutograd(Tensor x, Tensor targets) {
    List<Tensor> results = new ArrayList<>(); // with their graphs
    entries.add(head.trained() ? x.detach().requireGrad() : x.detach());
    for (Block block : blocks) {
      results.add(result(block, entries.getLast()));
      entries.add(results.getLast().detach().requireGrad());
    }
    Tensor normed = finalNorm.forward(entries.getLast());
    NextTokenLoss.Result result = headLoss(normed.detach(), targets);
    normed.backward(result.hiddenGradient().reshape(normed.shape()));
    completed.accept(blocks.size());
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      try (TensorScope _ = TensorScope.open()) {
        Tensor out =
            how.recompute()
                ? blocks.get(layer).forward(entries.get(layer), null)
                : results.get(layer);
        out.backward(entries.get(layer + 1).takeGrad());
        completed.accept(layer);
      }
    }
    if (head.trained()) {
      x.backward(entries.getFirst().takeGrad());
    }
    return result.loss();
  }

  /// A block's result, with its graph unless that is made a second time.
  private Tensor result(Block block, Tensor entry) {
    if (!how.recompute()) {
      return TensorScope.returning(() -> block.forward(entry, null));
    }
    try (Torch.NoGrad _ = Torch.noGrad()) {
      return TensorScope.returning(() -> block.forward(entry, null));
    }
  }

  private NextTokenLoss.Result headLoss(Tensor normed, Tensor targets) {
    Tensor hidden = normed.reshape(-1, normed.size(-1)); // [B*T, D]
    return NextTokenLoss.backward(head, hidden, targets.reshape(-1), how.scale());
  }
}

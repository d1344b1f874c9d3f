package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/// Blocks, head and loss of a training step, forward and backward, the stack cut at the borders of
/// its blocks: each has a graph of its own and is back-propagated by itself, so that its gradients
/// are complete while the blocks before it have yet to come.
final class TrainingPass {
  private static final String BLOCK = "model.layers.";

  private final List<Block> blocks;
  private final Norm finalNorm;
  private final NextTokenLoss.Head head;
  private final Gpt.Backward how;

  TrainingPass(List<Block> blocks, Norm finalNorm, NextTokenLoss.Head head, Gpt.Backward how) {
    this.blocks = blocks;
    this.finalNorm = finalNorm;
    this.head = head;
    this.how = how;
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
  /// @param completed told each block, by number, whose weights have their gradients, the number of
  ///     blocks standing for the head
  /// @return nats per token
  double loss(Tensor x, Tensor targets, IntConsumer completed) {
    List<Tensor> entries = new ArrayList<>(); // what goes into each block, and the last result
    List<Tensor> results = new ArrayList<>(); // with their graphs
    entries.add(head.trained() ? x.detach().requireGrad() : x.detach());
    for (Block block : blocks) {
      results.add(result(block, entries.getLast()));
      entries.add(results.getLast().detach().requireGrad());
    }
    double loss = headLoss(entries.getLast(), targets);
    completed.accept(blocks.size());
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      try (TensorScope _ = TensorScope.open()) {
        Tensor result =
            how.recompute()
                ? blocks.get(layer).forward(entries.get(layer), null)
                : results.get(layer);
        result.backward(entries.get(layer + 1).takeGrad());
        completed.accept(layer);
      }
    }
    if (head.trained()) {
      x.backward(entries.getFirst().takeGrad());
    }
    return loss;
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

  private double headLoss(Tensor hidden, Tensor targets) {
    Tensor normalized = finalNorm.forward(hidden).reshape(-1, hidden.size(-1)); // [N, D]
    return NextTokenLoss.backward(head, normalized, targets.reshape(-1), how.scale());
  }
}

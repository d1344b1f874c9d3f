package dev.auspex.tensor;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Whole-list operations in one native call, reached through libtorch's dispatcher where they have
/// no Java method.
public final class Fused {
  private static final OperatorHandle ADAMW = operator("aten::_fused_adamw_", "");
  private static final OperatorHandle FOREACH_NORM = operator("aten::_foreach_norm", "Scalar");
  private static final OperatorHandle FOREACH_MULTIPLY = operator("aten::_foreach_mul_", "Scalar");
  private static final OperatorHandle FOREACH_ADD = operator("aten::_foreach_add_", "List");

  /// Logits whose probabilities are in FP32 at once; a few MB, so that they stay in the processor's
  /// caches.
  private static final long SOFTMAX_ELEMENTS = 1 << 20;

  private Fused() {}

  /// What an AdamW step reads and writes; lists of equal length, FP32.
  public record AdamWLists(
      List<Tensor> parameters,
      List<Tensor> grads,
      List<Tensor> firstMoments,
      List<Tensor> secondMoments,
      List<Tensor> steps) {}

  /// Numbers of an AdamW step.
  public record AdamWSettings(
      double learningRate, double beta1, double beta2, double weightDecay, double eps) {}

  /// Euclidean norm of each tensor.
  public static double[] norms(List<Tensor> tensors) {
    if (tensors.isEmpty()) {
      return new double[0];
    }
    try (TensorScope _ = TensorScope.open()) {
      IValueVector stack = new IValueVector();
      stack.push_back(new IValue(list(tensors)));
      stack.push_back(new IValue(new Scalar(2.0)));
      stack.push_back(new IValue()); // dtype
      FOREACH_NORM.callBoxed(stack);
      org.bytedeco.pytorch.Tensor all = torch.stack(stack.get(0).toTensorVector());
      float[] norms = new Tensor(all).toFloats();
      return IntStream.range(0, norms.length).mapToDouble(i -> norms[i]).toArray();
    }
  }

  /// Multiplies every tensor's own memory.
  public static void multiplyInPlace(List<Tensor> tensors, double factor) {
    if (tensors.isEmpty()) {
      return;
    }
    try (TensorScope _ = TensorScope.open()) {
      IValueVector stack = new IValueVector();
      stack.push_back(new IValue(list(tensors)));
      stack.push_back(new IValue(new Scalar(factor)));
      FOREACH_MULTIPLY.callBoxed(stack);
    }
  }

  /// Adds to every tensor's own memory its partner in `others`.
  public static void addInPlace(List<Tensor> tensors, List<Tensor> others) {
    try (TensorScope _ = TensorScope.open()) {
      IValueVector stack = new IValueVector();
      stack.push_back(new IValue(list(tensors)));
      stack.push_back(new IValue(list(others)));
      stack.push_back(new IValue(new Scalar(1.0)));
      FOREACH_ADD.callBoxed(stack);
    }
  }

  /// LayerNorm over the last dimension with gain and shift `[dim]` in FP32.
  /// @return same shape and type as `x`
  public static Tensor layerNorm(Tensor x, Tensor gain, Tensor shift, double eps) {
    try (TensorOptional weight = new TensorOptional(gain.handle);
        TensorOptional bias = new TensorOptional(shift.handle)) {
      return new Tensor(
          torch.layer_norm(x.handle, new long[] {x.size(-1)}, weight, bias, eps, false));
    }
  }

  /// Mean or summed negative log-likelihood of `targets` under rows of logits.
  ///
  /// @param logits `[rows, vocab]`
  /// @param targets ids `[rows]`; -1 is left out
  /// @return a scalar
  public static Tensor crossEntropy(Tensor logits, Tensor targets, boolean mean) {
    try (TensorOptional none = new TensorOptional()) {
      return new Tensor(
          torch.cross_entropy_loss(logits.handle, targets.handle, none, mean ? 1 : 2, -1, 0.0));
    }
  }

  /// Summed cross-entropy of rows of logits, which are overwritten by its gradient with respect to
  /// them, `scale * (softmax(logits) - onehot(targets))`; computed in FP32, some rows at a time.
  ///
  /// @param logits `[rows, vocab]`
  /// @param targets ids `[rows]`; -1 is left out
  /// @param complete whether no target is -1
  /// @return nats, summed over rows
  public static double crossEntropyInPlace(
      Tensor logits, Tensor targets, boolean complete, double scale) {
    long rows = logits.size(0);
    long some = Math.max(1, SOFTMAX_ELEMENTS / logits.size(1));
    double loss = 0;
    for (long at = 0; at < rows; at += some) {
      long length = Math.min(some, rows - at);
      try (TensorScope _ = TensorScope.open()) {
        loss +=
            crossEntropyOfSome(
                logits.handle.narrow(0, at, length),
                targets.handle.narrow(0, at, length),
                complete,
                scale);
      }
    }
    return loss;
  }

  private static double crossEntropyOfSome(
      org.bytedeco.pytorch.Tensor logits,
      org.bytedeco.pytorch.Tensor targets,
      boolean complete,
      double scale) {
    try (ScalarTypeOptional fp32 = new ScalarTypeOptional(ScalarType.Float);
        Scalar zero = new Scalar(0);
        Scalar minusOne = new Scalar(-1.0);
        Scalar factor = new Scalar(scale)) {
      var index = targets.unsqueeze(1).clamp_min(zero); // [rows, 1]
      var kept = targets.ge(zero).unsqueeze(1); // [rows, 1]
      var logProbabilities = torch.log_softmax(logits, -1, fp32); // [rows, vocab]
      var chosen = logProbabilities.gather(1, index);
      double loss = -(complete ? chosen : chosen.mul(kept)).sum().item_double();
      var gradient = logProbabilities.exp_();
      gradient.scatter_add_(1, index, torch.full_like(chosen, minusOne));
      if (!complete) {
        gradient.mul_(kept);
      }
      logits.copy_(gradient.mul_(factor));
      return loss;
    }
  }

  /// Adds rows to the gradient of a leaf `[vocab, dim]`, one after another.
  ///
  /// @param ids which rows `[rows]`
  /// @param gradient `[rows, dim]`
  public static void addGradOfRows(Tensor leaf, Tensor ids, Tensor gradient) {
    gradOrZeros(leaf).handle.index_add_(0, ids.handle, gradient.handle);
  }

  /// The gradient of a leaf; zeros become its gradient where it has none.
  public static Tensor gradOrZeros(Tensor leaf) {
    if (!leaf.handle.grad().defined()) {
      leaf.addGrad(new Tensor(torch.zeros_like(leaf.handle)));
    }
    return leaf.grad();
  }

  /// How many ids of `targets` are not -1.
  public static long countTargets(Tensor targets) {
    try (TensorScope _ = TensorScope.open();
        Scalar zero = new Scalar(0)) {
      return targets.handle.ge(zero).sum().item_long();
    }
  }

  /// Euclidean norm of each row in FP32, plus 1e-7 so that it can divide.
  /// @return same shape with a last dimension of one
  public static Tensor rowNorms(Tensor tensor) {
    return new Tensor(Ops.rowNorm(tensor.handle)).addInPlace(1e-7);
  }

  /// The bits of FP32 elements added up as 64-bit words, two elements a word, modulo 2^64: a quick
  /// check of memory. Any single flipped bit changes it.
  public static long bitSum(Tensor tensor) {
    try (TensorScope _ = TensorScope.open()) {
      long pairs = tensor.numElements() / 2;
      org.bytedeco.pytorch.Tensor flat = tensor.handle.detach().reshape(-1);
      long sum = flat.narrow(0, 0, 2 * pairs).view(ScalarType.Long).sum().item_long();
      return tensor.numElements() == 2 * pairs
          ? sum
          : sum + flat.narrow(0, 2 * pairs, 1).view(ScalarType.Int).item_int();
    }
  }

  /// One decoupled AdamW step.
  public static void adamW(AdamWLists lists, AdamWSettings settings) {
    if (lists.parameters().isEmpty()) {
      return;
    }
    try (TensorScope _ = TensorScope.open()) {
      IValueVector stack = new IValueVector();
      stack.push_back(new IValue(list(lists.parameters())));
      stack.push_back(new IValue(list(lists.grads())));
      stack.push_back(new IValue(list(lists.firstMoments())));
      stack.push_back(new IValue(list(lists.secondMoments())));
      stack.push_back(new IValue(list(List.of())));
      stack.push_back(new IValue(list(lists.steps())));
      stack.push_back(new IValue(settings.learningRate()));
      stack.push_back(new IValue(settings.beta1()));
      stack.push_back(new IValue(settings.beta2()));
      stack.push_back(new IValue(settings.weightDecay()));
      stack.push_back(new IValue(settings.eps()));
      stack.push_back(new IValue(false)); // amsgrad
      stack.push_back(new IValue(false)); // maximize
      stack.push_back(new IValue()); // grad_scale
      stack.push_back(new IValue()); // found_inf
      ADAMW.callBoxed(stack);
    }
    lists.parameters().forEach(Fused::changed); // the native operator tells nobody
  }

  /// Raises the version of a tensor whose memory was written to.
  public static void changed(Tensor tensor) {
    tensor.handle.unsafeGetTensorImpl().bump_version();
  }

  /// Looks an operator up once for the process, whatever scope happens to be open.
  private static OperatorHandle operator(String name, String overload) {
    OperatorHandle handle = Dispatcher.singleton().findSchemaOrThrow(name, overload);
    return handle.retainReference();
  }

  private static GenericList list(List<Tensor> tensors) {
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    for (Tensor tensor : tensors) {
      list.push_back(new IValue(tensor.handle));
    }
    return list;
  }
}

package dev.auspex.tensor;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/// Whole-list operations in one native call, reached through libtorch's dispatcher where they have
/// no Java method.
public final class Fused {
  private static final OperatorHandle ADAMW = operator("aten::_fused_adamw_");

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

  /// Scales all gradients so that their joint Euclidean norm is at most `maxNorm` (Pascanu et al.
  /// 2013, arXiv 1211.5063). Gradients that need no scaling are read once and not written.
  /// @return the norm of each gradient before scaling, in the order of `parameters`
  public static double[] clipGradNorm(List<Tensor> parameters, double maxNorm) {
    double[] norms = new double[parameters.size()];
    double squares = 0;
    try (TensorScope _ = TensorScope.open();
        TensorVector each =
            Tensor.vector(
                parameters.stream().map(p -> new Tensor(p.grad().handle.norm())).toList())) {
      float[] values = new Tensor(torch.stack(each)).toFloats();
      for (int i = 0; i < norms.length; i++) {
        norms[i] = values[i];
        squares += norms[i] * norms[i];
      }
    }
    double total = Math.sqrt(squares);
    if (total > maxNorm) {
      parameters.forEach(parameter -> parameter.grad().multiplyInPlace(maxNorm / (total + 1e-6)));
    }
    return norms;
  }

  /// One decoupled AdamW step.
  public static void adamW(AdamWLists lists, AdamWSettings settings) {
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
  }

  /// Looks an operator up once for the process, whatever scope happens to be open.
  private static OperatorHandle operator(String name) {
    OperatorHandle handle = Dispatcher.singleton().findSchemaOrThrow(name, "");
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

package dev.auspex.tensor;

import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Operations whose native form takes optional arguments.
final class Ops {
  private Ops() {}

  /// Euclidean norm of each row in FP32, last dimension kept with size one.
  static org.bytedeco.pytorch.Tensor rowNorm(org.bytedeco.pytorch.Tensor x) {
    try (Scalar two = new Scalar(2.0);
        ScalarTypeOptional fp32 = new ScalarTypeOptional(torch.ScalarType.Float)) {
      return torch.linalg_vector_norm(x, two, new long[] {-1}, true, fp32);
    }
  }

  /// RMSNorm over the last dimension without gain.
  static org.bytedeco.pytorch.Tensor rmsNorm(org.bytedeco.pytorch.Tensor x, double eps) {
    long width = x.size(-1);
    try (Scalar two = new Scalar(2.0);
        Scalar perElement = new Scalar(1.0 / width);
        Scalar epsilon = new Scalar(eps);
        Scalar minusHalf = new Scalar(-0.5);
        Scalar one = new Scalar(1.0)) {
      org.bytedeco.pytorch.Tensor norm = rowNorm(x);
      org.bytedeco.pytorch.Tensor scale =
          norm.pow(two).mul(perElement).add(epsilon, one).pow(minusHalf);
      return x.mul(scale.to(x.scalar_type()));
    }
  }

  static TensorVector vector(List<Tensor> tensors) {
    TensorVector vector = new TensorVector();
    for (Tensor tensor : tensors) {
      vector.push_back(tensor.handle);
    }
    return vector;
  }

  /// LayerNorm over the last dimension without gain and shift.
  static org.bytedeco.pytorch.Tensor layerNorm(org.bytedeco.pytorch.Tensor x, double eps) {
    try (TensorOptional none = new TensorOptional()) {
      return torch.layer_norm(x, new long[] {x.size(-1)}, none, none, eps, false);
    }
  }

  static void backward(org.bytedeco.pytorch.Tensor x, org.bytedeco.pytorch.Tensor gradient) {
    try (BoolOptional keep = new BoolOptional();
        TensorArrayRefOptional inputs = new TensorArrayRefOptional()) {
      x.backward(gradient, keep, false, inputs);
    }
  }
}

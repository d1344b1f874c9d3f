package dev.auspex.train;

import dev.auspex.model.Parameter;
import dev.auspex.model.VisionShapes;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.kernel.AdamWKernel;
import dev.auspex.tensor.kernel.Kernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gradient norms by part of the model: `embedding`, `attention`, `mlp`, `head`, and with images
/// `vision` and `projector`. A norm's gain
/// counts to what it stands before; every parameter is in one part.
final class GradNorms {
  private GradNorms() {}

  /// Euclidean norm of each gradient.
  static double[] of(List<Tensor> gradients) {
    return Kernels.usable()
        ? gradients.stream().mapToDouble(AdamWKernel::norm).toArray()
        : Fused.norms(gradients);
  }

  private static String part(String name) {
    if (name.startsWith("model.embed_tokens.")) {
      return "embedding";
    }
    if (VisionShapes.ofEncoder(name)) {
      return "vision";
    }
    if (VisionShapes.ofProjector(name)) {
      return "projector";
    }
    if (name.contains(".self_attn.") || name.contains(".input_layernorm.")) {
      return "attention";
    }
    return name.startsWith("model.layers.") ? "mlp" : "head";
  }

  /// Joint norms of the parts, in the order of the parameters.
  /// @param norms Euclidean norm of each parameter's gradient
  static Map<String, Double> byPart(List<Parameter> parameters, double[] norms) {
    Map<String, Double> byPart = new LinkedHashMap<>();
    for (int i = 0; i < norms.length; i++) {
      byPart.merge(part(parameters.get(i).name()), norms[i] * norms[i], Double::sum);
    }
    byPart.replaceAll((_, square) -> Math.sqrt(square));
    return byPart;
  }
}

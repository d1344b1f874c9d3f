package dev.auspex.train;

import dev.auspex.model.Parameter;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Clips the gradients of a model and remembers their norms by part: `embedding`, `attention`,
/// `mlp`, `head`. A norm's gain counts to what it stands before; every parameter is in one part.
final class GradNorms {
  private final List<Tensor> values;
  private final List<String> parts;
  private Map<String, Double> byPart = Map.of();

  GradNorms(Collection<Parameter> parameters) {
    values = parameters.stream().map(Parameter::value).toList();
    parts = parameters.stream().map(parameter -> part(parameter.name())).toList();
  }

  private static String part(String name) {
    if (name.startsWith("model.embed_tokens.")) {
      return "embedding";
    }
    if (name.contains(".self_attn.") || name.contains(".input_layernorm.")) {
      return "attention";
    }
    return name.startsWith("model.layers.") ? "mlp" : "head";
  }

  /// Scales the gradients so that their joint norm is at most `limit`.
  /// @return the joint norm before that
  double clip(double limit) {
    double[] norms = Fused.clipGradNorm(values, limit);
    Map<String, Double> squares = new LinkedHashMap<>();
    double sum = 0;
    for (int i = 0; i < norms.length; i++) {
      squares.merge(parts.get(i), norms[i] * norms[i], Double::sum);
      sum += norms[i] * norms[i];
    }
    squares.replaceAll((_, square) -> Math.sqrt(square));
    byPart = squares;
    return Math.sqrt(sum);
  }

  /// The norms of the last {@link #clip}, before scaling, in the order of the parameters.
  Map<String, Double> byPart() {
    return byPart;
  }
}

package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Initializer;
import dev.auspex.model.Mup;
import dev.auspex.model.Parameter;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GradNormsTest {
  private static final GptConfig CONFIG =
      new GptConfig(31, 8, 16, 2, 2, 2, 8, 24, 10000, 1e-5, true, false, new Mup(16, 2));
  private static final Map<String, List<String>> PARTS =
      Map.of(
          "embedding", List.of("embed_tokens"),
          "attention", List.of("self_attn", "input_layernorm"),
          "mlp", List.of("mlp", "post_attention_layernorm"),
          "head", List.of("lm_head", "model.norm"));

  private static Gpt modelWithGradients() {
    Gpt model = new Gpt(CONFIG, DType.FP32, Initializer.draw(CONFIG, 3));
    try (TensorScope _ = TensorScope.open()) {
      int[] ids = {1, 2, 3, 4, 5, 6, 7, 8};
      model.loss(Tensor.of(ids, 1, 8), Tensor.of(ids, 1, 8)).backward();
    }
    return model;
  }

  /// The slow twin: squares summed one by one, parts by the words in the names.
  private static Map<String, Double> slowNorms(Gpt model) {
    Map<String, Double> squares = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      String part =
          PARTS.entrySet().stream()
              .filter(entry -> entry.getValue().stream().anyMatch(parameter.name()::contains))
              .map(Map.Entry::getKey)
              .reduce(
                  (_, _) -> {
                    throw new AssertionError(parameter.name() + " is in two parts");
                  })
              .orElseThrow();
      for (float g : parameter.value().grad().toFloats()) {
        squares.merge(part, (double) g * g, Double::sum);
      }
    }
    squares.replaceAll((_, square) -> Math.sqrt(square));
    return squares;
  }

  private static double joint(Map<String, Double> norms) {
    return Math.sqrt(norms.values().stream().mapToDouble(norm -> norm * norm).sum());
  }

  @Test
  void everyParameterCountsToOnePartAndThePartsMakeTheWhole() {
    Torch.threads(1);
    try (Gpt model = modelWithGradients()) {
      Map<String, Double> slow = slowNorms(model);
      DataParallel.Agreed agreed = alone(model).agree(new double[] {1}, false, false);
      assertEquals(slow.keySet(), agreed.gradNorms().keySet());
      slow.forEach(
          (part, norm) -> assertEquals(norm, agreed.gradNorms().get(part), 1e-5 * norm, part));
      assertEquals(joint(slow), agreed.gradNorm(), 1e-5 * agreed.gradNorm());
    }
  }

  @Test
  void scalingKeepsTheDirection() {
    Torch.threads(1);
    try (Gpt model = modelWithGradients()) {
      float[] before = model.parameters().iterator().next().value().grad().toFloats();
      alone(model).scaleGrads(0.25);
      float[] after = model.parameters().iterator().next().value().grad().toFloats();
      for (int i = 0; i < before.length; i++) {
        assertEquals(0.25f * before[i], after[i]);
      }
    }
  }

  private static DataParallel alone(Gpt model) {
    List<List<String>> units = model.parameters().stream().map(p -> List.of(p.name())).toList();
    return new DataParallel(Collective.alone(), model, units, 1, ParallelConfig.standard());
  }
}

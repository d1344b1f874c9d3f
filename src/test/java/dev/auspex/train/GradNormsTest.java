package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Initializer;
import dev.auspex.model.Mup;
import dev.auspex.model.Parameter;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
      GradNorms norms = new GradNorms(model.parameters());
      double total = norms.clip(Double.MAX_VALUE);
      assertEquals(slow.keySet(), norms.byPart().keySet());
      slow.forEach((part, norm) -> assertEquals(norm, norms.byPart().get(part), 1e-5 * norm, part));
      assertEquals(joint(slow), total, 1e-5 * total);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.01})
  void clippingKeepsTheDirectionAndSetsTheNorm(double share) {
    Torch.threads(1);
    try (Gpt model = modelWithGradients()) {
      GradNorms norms = new GradNorms(model.parameters());
      float[] before = model.parameters().iterator().next().value().grad().toFloats();
      double total = norms.clip(Double.MAX_VALUE);
      assertArrayEquals(before, model.parameters().iterator().next().value().grad().toFloats());
      assertEquals(total, norms.clip(share * total));
      assertEquals(share * total, joint(slowNorms(model)), 1e-4 * total);
      float[] after = model.parameters().iterator().next().value().grad().toFloats();
      for (int i = 0; i < before.length; i++) {
        assertEquals(share * before[i], after[i], 1e-4 * Math.abs(before[i]) + 1e-12);
      }
    }
  }
}

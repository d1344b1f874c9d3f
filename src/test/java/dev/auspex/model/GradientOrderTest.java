package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a backward pass says of its gradients while it runs.
class GradientOrderTest {
  private static final int VOCAB = 19;
  private static final int LAYERS = 3;

  private static Gpt model(boolean tied) {
    GptConfig config =
        new GptConfig(
            VOCAB, 12, 16, LAYERS, 4, 2, 4, 24, 10000, 1e-5, false, tied, new Mup(8, LAYERS));
    return new Gpt(config, DType.BF16, Initializer.draw(config, 1));
  }

  private static void loss(Gpt model, boolean recompute, Runnable completed) {
    int[] ids = new SplittableRandom(3).ints(18, 0, VOCAB).toArray();
    Tensor inputs = Tensor.of(ids, 2, 9);
    model.loss(inputs, inputs, new Gpt.Backward(1, recompute, completed));
  }

  @Test
  void headComesFirstThenBlocksFromTheLastThenTheRest() {
    try (Gpt model = model(false)) {
      List<List<Parameter>> order = model.gradientOrder();
      assertEquals(LAYERS + 2, order.size());
      assertEquals(
          List.of("model.norm.weight", "lm_head.weight"),
          order.getFirst().stream().map(Parameter::name).sorted((a, b) -> b.compareTo(a)).toList());
      for (int i = 1; i <= LAYERS; i++) {
        String block = "model.layers." + (LAYERS - i) + ".";
        assertEquals(9, order.get(i).size());
        order.get(i).forEach(p -> assertEquals(block, p.name().substring(0, block.length())));
      }
      assertEquals(
          List.of("model.embed_tokens.weight"),
          order.getLast().stream().map(Parameter::name).toList());
      List<Parameter> all = order.stream().flatMap(List::stream).toList();
      assertEquals(new HashSet<>(model.parameters()), new HashSet<>(all));
      assertEquals(model.parameters().size(), all.size());
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void aGroupIsToldOnceItsGradientsAreCompleteAndBeforeTheNextBegins(
      boolean tied, boolean recompute) {
    try (Gpt model = model(tied)) {
      List<List<Parameter>> order = model.gradientOrder();
      List<List<float[]>> told = new ArrayList<>();
      try (TensorScope _ = TensorScope.open()) {
        loss(model, recompute, () -> tell(order, told));
        assertEquals(order.size(), told.size());
        for (int group = 0; group < order.size(); group++) {
          for (int i = 0; i < order.get(group).size(); i++) {
            Parameter parameter = order.get(group).get(i);
            assertArrayEquals(
                parameter.value().grad().toFloats(),
                told.get(group).get(i),
                0f,
                parameter.name() + " was not complete when it was told");
          }
        }
      }
    }
  }

  private static void tell(List<List<Parameter>> order, List<List<float[]>> told) {
    int group = told.size();
    told.add(order.get(group).stream().map(p -> p.value().grad().toFloats()).toList());
    if (group + 2 < order.size()) {
      for (Parameter later : order.get(group + 1)) {
        assertThrows(IllegalStateException.class, later.value()::grad, later.name());
      }
    }
  }
}

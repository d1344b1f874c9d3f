package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The loss by hand of GPT-2's shape: LayerNorms with gain and shift, biases, one matrix for
/// embedding and head.
class Gpt2LossTest {
  private static final GptConfig CONFIG =
      new GptConfig(37, 12, 16, 2, 2, 2, 8, 24, 10000, 1e-5, false, true, new Mup(16, 2));

  private static Gpt random() {
    SplittableRandom random = new SplittableRandom(5);
    Map<String, Tensor> values = new LinkedHashMap<>();
    ParameterShapes.of(CONFIG, Variant.GPT2)
        .forEach(
            (name, shape) -> {
              int count = 1;
              for (long size : shape) {
                count *= (int) size;
              }
              float[] numbers = new float[count];
              for (int i = 0; i < count; i++) {
                numbers[i] = (float) (0.3 * random.nextGaussian());
              }
              values.put(name, Tensor.of(numbers, shape));
            });
    return new Gpt(CONFIG, Variant.GPT2, DType.FP32, values);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theLossByHandEqualsItsSlowTwin(boolean recompute) {
    int[] ids = new SplittableRandom(6).ints(24, 0, 37).toArray();
    int[] targets = new SplittableRandom(7).ints(24, 0, 37).toArray();
    try (Gpt model = random()) {
      List<float[]> slow = new ArrayList<>();
      double expected;
      try (TensorScope _ = TensorScope.open()) {
        Tensor loss = model.loss(Tensor.of(ids, 2, 12), Tensor.of(targets, 2, 12));
        loss.backward();
        expected = loss.item();
        model.parameters().forEach(p -> slow.add(p.value().takeGrad().toFloats()));
      }
      try (TensorScope _ = TensorScope.open()) {
        Gpt.Backward how = new Gpt.Backward(1, recompute);
        assertEquals(
            expected, model.loss(Tensor.of(ids, 2, 12), Tensor.of(targets, 2, 12), how), 1e-5);
        int at = 0;
        for (Parameter parameter : model.parameters()) {
          assertArrayEquals(
              slow.get(at++), parameter.value().takeGrad().toFloats(), 1e-5f, parameter.name());
        }
      }
    }
  }
}

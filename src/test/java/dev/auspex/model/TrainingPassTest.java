package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Passes by hand in BF16, of a Llama whose branches are weighted and of a GPT-2.
class TrainingPassTest {
  private static final int VOCAB = 41;

  private static Gpt model(boolean gpt2) {
    Variant variant = gpt2 ? Variant.GPT2 : Variant.PLAIN;
    GptConfig config =
        new GptConfig(
            VOCAB, 12, 32, 3, 2, 2, 16, 40, 10000, 1e-5, false, gpt2, new Mup(16, gpt2 ? 3 : 1));
    SplittableRandom random = new SplittableRandom(5);
    Map<String, Tensor> values = new LinkedHashMap<>();
    ParameterShapes.of(config, variant)
        .forEach(
            (name, shape) -> {
              int count = 1;
              for (long size : shape) {
                count *= (int) size;
              }
              float[] numbers = new float[count];
              for (int i = 0; i < count; i++) {
                numbers[i] = (float) (0.3 * random.nextGaussian() + (shape.length == 1 ? 1 : 0));
              }
              values.put(name, Tensor.of(numbers, shape));
            });
    return new Gpt(config, variant, DType.BF16, values);
  }

  private static List<float[]> gradients(Gpt model, boolean recompute) {
    int[] ids = new SplittableRandom(6).ints(3 * 12, 0, VOCAB).toArray();
    int[] targets = new SplittableRandom(7).ints(3 * 12, 0, VOCAB).toArray();
    List<float[]> all = new ArrayList<>();
    try (TensorScope _ = TensorScope.open()) {
      Gpt.Backward how = new Gpt.Backward(1, recompute);
      double loss = model.loss(Tensor.of(ids, 3, 12), Tensor.of(targets, 3, 12), how);
      all.add(new float[] {(float) loss});
      model.parameters().forEach(p -> all.add(p.value().takeGrad().toFloats()));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void computingActivationsTwiceGivesTheSameBits(boolean gpt2) {
    Torch.threads(1);
    try (Gpt model = model(gpt2)) {
      List<float[]> once = gradients(model, false);
      List<float[]> twice = gradients(model, true);
      assertEquals(once.size(), twice.size());
      for (int i = 0; i < once.size(); i++) {
        assertArrayEquals(once.get(i), twice.get(i), 0f, "tensor " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsOfTwoPassesAddUpWhateverTheirTypes(boolean gpt2) {
    Torch.threads(1);
    try (Gpt model = model(gpt2);
        TensorScope _ = TensorScope.open()) {
      List<float[]> one = gradients(model, false);
      Tensor ids = Tensor.of(new SplittableRandom(6).ints(3 * 12, 0, VOCAB).toArray(), 3, 12);
      Tensor targets = Tensor.of(new SplittableRandom(7).ints(3 * 12, 0, VOCAB).toArray(), 3, 12);
      model.loss(ids, targets, new Gpt.Backward(1, false));
      model.loss(ids, targets, new Gpt.Backward(1, false));
      int at = 1;
      for (Parameter parameter : model.parameters()) {
        float[] first = one.get(at++);
        float[] both = parameter.value().takeGrad().toFloats();
        float most = 0; // a tied table is rounded in between
        for (float number : first) {
          most = Math.max(most, 0.01f * Math.abs(number));
        }
        for (int i = 0; i < first.length; i++) {
          assertEquals(2 * first[i], both[i], most, parameter.name());
        }
      }
    }
  }
}

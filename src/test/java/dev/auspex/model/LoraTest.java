package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is added to a model beside its own weights: against a model that has it in its weights,
/// against its own loss, and nothing at all at the start.
class LoraTest {
  private static final int VOCAB = 37;
  private static final int LENGTH = 12;
  private static final int RANK = 3;
  private static final double SCALE = 1.75;

  private static GptConfig config(boolean gpt2) {
    return new GptConfig(
        VOCAB, LENGTH, 16, 2, 4, gpt2 ? 4 : 2, 4, 24, 10000, 1e-5, !gpt2, gpt2, new Mup(16, 2));
  }

  private static Variant variant(boolean gpt2) {
    return gpt2 ? Variant.GPT2 : Variant.PLAIN;
  }

  private static float[] numbers(long seed, String name, long[] shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    SplittableRandom random = new SplittableRandom(seed ^ name.hashCode());
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (0.3 * random.nextGaussian() + (name.endsWith("norm.weight") ? 1 : 0));
    }
    return numbers;
  }

  private static Map<String, float[]> base(boolean gpt2) {
    Map<String, float[]> values = new LinkedHashMap<>();
    ParameterShapes.of(config(gpt2), variant(gpt2))
        .forEach((name, shape) -> values.put(name, numbers(5, name, shape)));
    return values;
  }

  private static Gpt model(
      boolean gpt2, Map<String, float[]> base, DType compute, Map<String, Tensor> added) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    ParameterShapes.of(config(gpt2), variant(gpt2))
        .forEach((name, shape) -> values.put(name, Tensor.of(base.get(name), shape)));
    Lora lora = added.isEmpty() ? null : new Lora(SCALE, added);
    return new Gpt(config(gpt2), variant(gpt2), null, compute, values, lora);
  }

  private static Map<String, Tensor> random(List<Lora.Module> modules) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (Lora.Module module : modules) {
      module
          .shapes(RANK)
          .forEach((name, shape) -> values.put(name, Tensor.of(numbers(9, name, shape), shape)));
    }
    return values;
  }

  /// The weights with `scale * B A` added by plain loops.
  private static Map<String, float[]> merged(
      Map<String, float[]> base, List<Lora.Module> modules, Map<String, Tensor> added) {
    Map<String, float[]> all = new LinkedHashMap<>();
    base.forEach((name, numbers) -> all.put(name, numbers.clone()));
    for (Lora.Module module : modules) {
      float[] down = added.get(module.name() + Lora.DOWN).toFloats();
      float[] up = added.get(module.name() + Lora.UP).toFloats();
      int in = (int) module.in();
      int row = 0;
      for (String parameter : module.parameters()) {
        float[] weight = all.get(parameter);
        for (int i = 0; i < weight.length; i++) {
          double sum = 0;
          for (int k = 0; k < RANK; k++) {
            sum += up[(row + i / in) * RANK + k] * (double) down[k * in + i % in];
          }
          weight[i] += (float) (SCALE * sum);
        }
        row += weight.length / in;
      }
    }
    return all;
  }

  private static float[] logits(Gpt model) {
    int[] ids = new SplittableRandom(6).ints(LENGTH, 0, VOCAB).toArray();
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      return model.logits(model.forward(Tensor.of(ids, 1, LENGTH), null)).toFloats();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsAddedEqualsAModelThatHasItInItsWeights(boolean gpt2) {
    List<Lora.Module> all = Lora.modules(config(gpt2), variant(gpt2));
    assertEquals(gpt2 ? 8 : 14, all.size());
    List<List<Lora.Module>> choices = new ArrayList<>(List.of(all, all.subList(2, all.size() - 1)));
    all.forEach(module -> choices.add(List.of(module)));
    for (List<Lora.Module> modules : choices) {
      Map<String, float[]> base = base(gpt2);
      Map<String, Tensor> added = random(modules);
      try (Gpt merged = model(gpt2, merged(base, modules, added), DType.FP32, Map.of());
          Gpt tuned = model(gpt2, base, DType.FP32, added)) {
        float[] expected = logits(merged);
        assertArrayEquals(expected, logits(tuned), 2e-4f, modules::toString);
        float difference = 0;
        try (Gpt plain = model(gpt2, base, DType.FP32, Map.of())) {
          float[] without = logits(plain);
          for (int i = 0; i < expected.length; i++) {
            difference = Math.max(difference, Math.abs(expected[i] - without[i]));
          }
        }
        assertTrue(difference > 1e-3, modules + " change nothing");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FP32", "BF16"})
  void beforeTheFirstStepNotABitIsChanged(String type) {
    for (boolean gpt2 : new boolean[] {false, true}) {
      List<Lora.Module> modules = Lora.modules(config(gpt2), variant(gpt2));
      Map<String, Tensor> fresh = Lora.draw(modules, RANK, 1);
      try (Gpt plain = model(gpt2, base(gpt2), DType.valueOf(type), Map.of());
          Gpt tuned = model(gpt2, base(gpt2), DType.valueOf(type), fresh)) {
        assertArrayEquals(logits(plain), logits(tuned), 0f);
      }
    }
  }

  @Test
  void firstMatricesAreUniformWithinTheRootOfTheirInputsAndSecondOnesZero() {
    List<Lora.Module> modules = Lora.modules(config(false), Variant.PLAIN);
    Map<String, Tensor> values = Lora.draw(modules, 200, 4);
    Map<String, Tensor> again = Lora.draw(modules, 200, 4);
    for (Lora.Module module : modules) {
      float[] down = values.get(module.name() + Lora.DOWN).toFloats();
      double bound = 1 / Math.sqrt(module.in());
      double square = 0;
      for (float x : down) {
        assertTrue(Math.abs(x) <= bound, module + ": " + x);
        square += (double) x * x / down.length;
      }
      assertEquals(bound * bound / 3, square, 0.1 * bound * bound / 3); // variance of a uniform one
      assertArrayEquals(down, again.get(module.name() + Lora.DOWN).toFloats(), 0f);
      assertArrayEquals(
          new float[(int) (200 * module.out())],
          values.get(module.name() + Lora.UP).toFloats(),
          0f);
    }
  }

  private static double loss(Gpt model, Gpt.Backward how) {
    int[] ids = new SplittableRandom(7).ints(2 * LENGTH + 1, 0, VOCAB).toArray();
    Tensor all = Tensor.of(ids, ids.length);
    Tensor inputs = all.narrow(0, 0, 2 * LENGTH).reshape(2, LENGTH);
    Tensor targets = all.narrow(0, 1, 2 * LENGTH).contiguous().reshape(2, LENGTH);
    if (how != null) {
      return model.loss(inputs, targets, how);
    }
    Tensor loss = model.loss(inputs, targets);
    loss.backward();
    return loss.item();
  }

  private static List<float[]> gradients(Gpt model, Gpt.Backward how) {
    try (TensorScope _ = TensorScope.open()) {
      loss(model, how);
      return model.parameters().stream().map(p -> p.value().takeGrad().toFloats()).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsEqualTheSlowTwinsAndFiniteDifferences(boolean gpt2) {
    List<Lora.Module> modules = Lora.modules(config(gpt2), variant(gpt2));
    try (Gpt model = model(gpt2, base(gpt2), DType.FP32, random(modules))) {
      assertEquals(2 * modules.size(), model.parameters().size());
      List<float[]> slow = gradients(model, null);
      List<float[]> byHand = gradients(model, new Gpt.Backward(1, false));
      List<float[]> twice = gradients(model, new Gpt.Backward(1, true));
      int at = 0;
      for (Parameter parameter : model.parameters()) {
        assertArrayEquals(slow.get(at), byHand.get(at), 1e-5f, parameter.name());
        assertArrayEquals(byHand.get(at), twice.get(at), 0f, parameter.name());
        assertDifference(model, parameter, slow.get(at++));
      }
    }
  }

  private static void assertDifference(Gpt model, Parameter parameter, float[] gradient) {
    int index = 1;
    double slope =
        (lossWith(model, parameter, index, 0.01f) - lossWith(model, parameter, index, -0.01f))
            / 0.02;
    assertEquals(slope, gradient[index], 2e-3 + 0.02 * Math.abs(slope), parameter.name());
  }

  private static double lossWith(Gpt model, Parameter parameter, int index, float by) {
    float[] before = parameter.value().toFloats();
    float[] moved = before.clone();
    moved[index] += by;
    long[] shape = parameter.value().shape();
    try (TensorScope _ = TensorScope.open()) {
      try (Torch.NoGrad _ = Torch.noGrad()) {
        parameter.value().copyInPlace(Tensor.of(moved, shape));
      }
      double loss = loss(model, new Gpt.Backward(1, false));
      try (Torch.NoGrad _ = Torch.noGrad()) {
        parameter.value().copyInPlace(Tensor.of(before, shape));
        model.parameters().forEach(p -> p.value().clearGrad());
      }
      return loss;
    }
  }

  @Test
  void theModelItselfGetsNoGradients() {
    Map<String, Tensor> values = new LinkedHashMap<>();
    Map<String, float[]> base = base(false);
    ParameterShapes.of(config(false))
        .forEach((name, shape) -> values.put(name, Tensor.of(base.get(name), shape)));
    List<Lora.Module> modules = Lora.modules(config(false), Variant.PLAIN);
    Lora lora = new Lora(SCALE, random(modules));
    try (Gpt model = new Gpt(config(false), Variant.PLAIN, null, DType.FP32, values, lora)) {
      gradients(model, new Gpt.Backward(1, false));
      for (Map.Entry<String, Tensor> entry : values.entrySet()) {
        assertThrows(IllegalStateException.class, entry.getValue()::grad, entry.getKey());
        assertArrayEquals(base.get(entry.getKey()), entry.getValue().toFloats(), 0f);
      }
    }
  }
}

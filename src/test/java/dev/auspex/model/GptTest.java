package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GptTest {
  private static final int VOCAB = 19;

  private static GptConfig config(int kvHeads, boolean qkNorm) {
    return new GptConfig(
        VOCAB, 12, 16, 2, 4, kvHeads, 4, 24, 10000, 1e-5, qkNorm, false, new Mup(8, 1));
  }

  /// A model whose every number is random, so that no path is silent.
  private static Gpt random(GptConfig config) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(5);
    ParameterShapes.of(config)
        .forEach(
            (name, shape) -> {
              int count = 1;
              for (long size : shape) {
                count *= (int) size;
              }
              float[] numbers = new float[count];
              for (int i = 0; i < count; i++) {
                numbers[i] = (float) (0.4 * random.nextGaussian() + (shape.length == 1 ? 1 : 0));
              }
              values.put(name, Tensor.of(numbers, shape));
            });
    return new Gpt(config, DType.FP32, values);
  }

  private static int[] ids(int count) {
    return new SplittableRandom(3).ints(count, 0, VOCAB).toArray();
  }

  @Test
  void anUntrainedModelFindsEveryTokenEquallyLikely() {
    GptConfig config = config(4, false);
    try (Gpt model = new Gpt(config, DType.FP32, Initializer.draw(config, 1));
        TensorScope _ = TensorScope.open()) {
      Tensor ids = Tensor.of(ids(8), 1, 8);
      assertEquals(Math.log(VOCAB), model.loss(ids, ids).item(), 1e-5);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 2, 1})
  void logitsEqualThoseOfTheSlowTwin(int kvHeads) {
    for (boolean qkNorm : new boolean[] {false, true}) {
      try (Gpt model = random(config(kvHeads, qkNorm));
          TensorScope _ = TensorScope.open()) {
        int[] ids = ids(11);
        float[] fast = model.logits(model.forward(Tensor.of(ids, 1, 11), null)).toFloats();
        double[] slow = new NaiveGpt(model).logits(ids);
        for (int i = 0; i < slow.length; i++) {
          assertEquals(slow[i], fast[i], 2e-4 * (1 + Math.abs(slow[i])), "logit " + i);
        }
      }
    }
  }

  @Test
  void gradientsEqualFiniteDifferences() {
    try (Gpt model = random(config(2, true))) {
      int[] ids = ids(10);
      try (TensorScope _ = TensorScope.open()) {
        loss(model, ids).backward();
      }
      SplittableRandom random = new SplittableRandom(8);
      for (Parameter parameter : model.parameters()) {
        float[] values = parameter.value().toFloats();
        float[] grads = parameter.value().grad().toFloats();
        int at = random.nextInt(values.length);
        double slope =
            (lossWith(model, parameter, at, 1e-2f, ids)
                    - lossWith(model, parameter, at, -1e-2f, ids))
                / 2e-2;
        assertEquals(slope, grads[at], 2e-3 + 0.03 * Math.abs(slope), parameter.name());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false, false", "true, false, true", "false, true, true"})
  void theLossByHandEqualsItsSlowTwin(boolean someLeftOut, boolean recompute, boolean qkNorm) {
    try (Gpt model = random(config(2, qkNorm))) {
      int[] inputs = ids(2 * 9);
      int[] targets = ids(2 * 9);
      if (someLeftOut) {
        targets[0] = -1;
        targets[11] = -1;
      }
      List<float[]> slow = new ArrayList<>();
      double expected;
      try (TensorScope _ = TensorScope.open()) {
        Tensor loss = model.loss(Tensor.of(inputs, 2, 9), Tensor.of(targets, 2, 9));
        loss.multiply(0.5).backward();
        expected = loss.item();
        model.parameters().forEach(p -> slow.add(p.value().takeGrad().toFloats()));
      }
      try (TensorScope _ = TensorScope.open()) {
        double loss =
            model.loss(
                Tensor.of(inputs, 2, 9),
                Tensor.of(targets, 2, 9),
                new Gpt.Backward(0.5, recompute));
        assertEquals(expected, loss, 1e-5);
        int at = 0;
        for (Parameter parameter : model.parameters()) {
          assertArrayEquals(
              slow.get(at++), parameter.value().takeGrad().toFloats(), 1e-5f, parameter.name());
        }
      }
    }
  }

  private static Tensor loss(Gpt model, int[] ids) {
    Tensor all = Tensor.of(ids, 1, ids.length);
    return model.loss(
        all.narrow(1, 0, ids.length - 1), all.narrow(1, 1, ids.length - 1).contiguous());
  }

  private static double lossWith(Gpt model, Parameter parameter, int at, float by, int[] ids) {
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      float[] values = parameter.value().toFloats();
      float before = values[at];
      values[at] = before + by;
      parameter.value().copyInPlace(Tensor.of(values, parameter.value().shape()));
      double loss = loss(model, ids).item();
      values[at] = before;
      parameter.value().copyInPlace(Tensor.of(values, parameter.value().shape()));
      return loss;
    }
  }

  @Test
  void readingTokenByTokenGivesTheSameScoresAsReadingAtOnce() {
    try (Gpt model = random(config(2, false));
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      int[] ids = ids(9);
      float[] whole = model.logits(model.forward(Tensor.of(ids, 1, 9), null)).toFloats();
      model.prepareForInference();
      KvCache cache = new KvCache(model.config(), 1, 9, DType.FP32);
      for (int i = 0; i < ids.length; i++) {
        Tensor one = Tensor.of(new int[] {ids[i]}, 1, 1);
        float[] step = model.logits(model.forward(one, cache)).toFloats();
        float[] expected = java.util.Arrays.copyOfRange(whole, i * VOCAB, (i + 1) * VOCAB);
        assertArrayEquals(expected, step, 1e-3f, "token " + i);
      }
      assertThrows(IllegalStateException.class, () -> model.forward(Tensor.of(ids, 1, 9), cache));
    }
  }

  @Test
  void parameterCountsComeFromTheConfigurationAlone() {
    for (GptConfig config : new GptConfig[] {config(4, false), config(2, true)}) {
      long counted = 0;
      for (long[] shape : ParameterShapes.of(config).values()) {
        long size = 1;
        for (long n : shape) {
          size *= n;
        }
        counted += size;
      }
      assertEquals(counted, config.numParams());
    }
  }

  @Test
  void impossibleShapesAreRefusedWithTheRule() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> new GptConfig(8, 8, 8, 1, 4, 3, 4, 8, 10000, 1e-5, false, false, new Mup(8, 1)));
    assertTrue(e.getMessage().contains("num_heads (4) must be divisible by num_kv_heads (3)"));
  }
}

package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.auspex.model.Gpt;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Initializer;
import dev.auspex.model.Mup;
import dev.auspex.model.Parameter;
import dev.auspex.model.VisionConfig;
import dev.auspex.model.VisionShapes;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A part whose rate is 0 stays as it is, to the last bit.
class DecoderRateTest {
  private static final GptConfig DECODER =
      new GptConfig(20, 16, 16, 1, 2, 2, 8, 24, 10000, 1e-5, false, false, new Mup(16, 1));

  private static final OptimizerConfig MUON =
      new OptimizerConfig.Muon(0.02, 0.95, 0.05, 0.01, 0.9, 0.95, 1e-8);

  private static final OptimizerConfig ADAMW =
      new OptimizerConfig.Adamw(0.01, 0.9, 0.95, 1e-8, 0.1);

  private static VisionConfig vision(double encoder, double projector, double decoder) {
    return new VisionConfig(8, 4, 12, 1, 3, 20, 2, 1, 1e-6, encoder, projector, decoder);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theDecoderRestsWhileTheEncoderLearns(boolean muon) {
    assertLearns(vision(1, 1, 0), muon, name -> !ofDecoder(name));
    assertLearns(vision(0, 1, 1), muon, name -> !VisionShapes.ofEncoder(name));
    assertLearns(vision(0, 1, 0), muon, VisionShapes::ofProjector);
  }

  private static boolean ofDecoder(String name) {
    return !VisionShapes.ofEncoder(name) && !VisionShapes.ofProjector(name);
  }

  private interface Learns {
    boolean test(String name);
  }

  private static void assertLearns(VisionConfig vision, boolean muon, Learns learns) {
    Map<String, Tensor> values = Initializer.draw(DECODER, vision, 3);
    try (Gpt model = new Gpt(DECODER, vision, DType.FP32, values)) {
      shake(model);
      Map<String, float[]> before = numbers(model);
      try (TensorScope _ = TensorScope.open()) {
        float[] pixels = new float[4 * 48];
        for (int i = 0; i < pixels.length; i++) {
          pixels[i] = (float) Math.sin(i);
        }
        Tensor inputs = Tensor.of(new int[] {1, 20, 2}, 1, 3);
        Tensor targets = Tensor.of(new int[] {-1, 5, 6}, 1, 3);
        model.loss(inputs, model.see(Tensor.of(pixels, 1, 4, 48)), targets).backward();
        new Optimizers(muon ? MUON : ADAMW, model).step(1, 1);
      }
      Map<String, float[]> after = numbers(model);
      for (String name : before.keySet()) {
        if (learns.test(name)) {
          boolean bias = name.endsWith("k_proj.bias"); // softmax takes no notice of it
          assertFalse(!bias && Arrays.equals(before.get(name), after.get(name)), name);
        } else {
          assertArrayEquals(before.get(name), after.get(name), name);
        }
      }
    }
  }

  /// Random numbers where training starts at zero, so that all have a gradient.
  private static void shake(Gpt model) {
    for (Parameter parameter : model.parameters()) {
      float[] numbers = parameter.value().toFloats();
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] += (float) (0.2 * Math.sin(1 + 7.3 * i + parameter.name().hashCode() % 100));
      }
      parameter.value().bytes().asFloatBuffer().put(numbers);
    }
  }

  private static Map<String, float[]> numbers(Gpt model) {
    Map<String, float[]> numbers = new LinkedHashMap<>();
    model.parameters().forEach(p -> numbers.put(p.name(), p.value().toFloats()));
    return numbers;
  }
}

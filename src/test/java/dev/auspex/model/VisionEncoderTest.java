package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
import dev.auspex.interchange.ModelFolder;
import dev.auspex.interchange.StoredModel;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisionEncoderTest {
  private static final GptConfig DECODER =
      new GptConfig(20, 32, 16, 2, 2, 2, 8, 24, 10000, 1e-5, false, false, new Mup(16, 2));
  private static final VisionConfig VISION = VisionConfig.of(16, 4, 12, 2, 3, 20, 2, 1, 1e-6);

  /// Values at random everywhere, also where training starts at zero.
  private static Gpt random() {
    Map<String, Tensor> values = Initializer.draw(DECODER, VISION, 5);
    SplittableRandom random = new SplittableRandom(6);
    values.forEach(
        (name, value) -> {
          float[] numbers = value.toFloats();
          for (int i = 0; i < numbers.length; i++) {
            numbers[i] += (float) (0.3 * random.nextGaussian());
          }
          value.copyInPlace(Tensor.of(numbers, value.shape()));
        });
    return new Gpt(DECODER, VISION, DType.FP32, values);
  }

  private static Tensor patches(int squares, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[squares * VISION.patches() * VISION.patchNumbers()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return Tensor.of(numbers, squares, VISION.patches(), VISION.patchNumbers());
  }

  /// Text, the four tokens of a square, text, another square, text.
  private static final int[] IDS = {3, 20, 21, 22, 23, 7, 24, 25, 26, 27, 1, 5};

  private static double loss(Gpt model, Tensor patches) {
    return lossTensor(model, patches).item();
  }

  private static Tensor lossTensor(Gpt model, Tensor patches) {
    int[] targets = IDS.clone();
    for (int i = 0; i < targets.length; i++) {
      targets[i] = i + 1 < IDS.length && IDS[i + 1] < 20 ? IDS[i + 1] : -1;
    }
    return model.loss(
        Tensor.of(IDS, 1, IDS.length), model.see(patches), Tensor.of(targets, 1, IDS.length));
  }

  @Test
  void squaresInPortionsGiveWhatTheyGiveTogether() {
    try (Gpt model = random();
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Map<String, Tensor> values = new HashMap<>();
      model.parameters().forEach(p -> values.put(p.name(), p.value()));
      VisionEncoder encoder = new VisionEncoder(VISION, DType.FP32, values::get);
      Tensor patches = patches(5, 3);
      float[] together = encoder.forward(patches).toFloats();
      for (long scores : new long[] {1, 2L * 3 * 16 * 16, 4L * 3 * 16 * 16}) {
        assertArrayEquals(together, encoder.forward(patches, scores).toFloats(), 1e-5f);
      }
    }
  }

  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    try (Gpt model = random();
        TensorScope _ = TensorScope.open()) {
      Tensor patches = patches(2, 9);
      lossTensor(model, patches).backward();
      SplittableRandom random = new SplittableRandom(8);
      int checked = 0;
      for (Parameter parameter : model.parameters()) {
        float[] values = parameter.value().toFloats();
        float[] grads = parameter.value().grad().toFloats();
        int at = random.nextInt(values.length);
        double slope =
            (moved(model, parameter, at, 1e-2f, patches)
                    - moved(model, parameter, at, -1e-2f, patches))
                / 2e-2;
        assertEquals(slope, grads[at], 2e-3 + 0.03 * Math.abs(slope), parameter.name());
        checked++;
      }
      assertEquals(
          ParameterShapes.of(DECODER).size() + VisionShapes.of(VISION, 16).size(), checked);
    }
  }

  private static double moved(Gpt model, Parameter parameter, int at, float by, Tensor patches) {
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      float[] values = parameter.value().toFloats();
      float before = values[at];
      values[at] = before + by;
      parameter.value().copyInPlace(Tensor.of(values, parameter.value().shape()));
      double loss = loss(model, patches);
      values[at] = before;
      parameter.value().copyInPlace(Tensor.of(values, parameter.value().shape()));
      return loss;
    }
  }

  @Test
  void pixelShufflePutsTheNeighboursOfASquareSideBySide() {
    try (TensorScope _ = TensorScope.open()) {
      float[] numbers = new float[16 * 2];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = i;
      }
      Tensor shuffled = VisionEncoder.pixelShuffle(Tensor.of(numbers, 1, 16, 2), 2);
      assertArrayEquals(new long[] {1, 4, 8}, shuffled.shape());
      // token 1 is the top right square of patches 2, 3, 6, 7, each of two numbers
      assertArrayEquals(
          new float[] {4, 5, 6, 7, 12, 13, 14, 15},
          java.util.Arrays.copyOfRange(shuffled.toFloats(), 8, 16));
    }
  }

  @Test
  void aPictureChangesOnlyWhatComesAfterIt() {
    try (Gpt model = random();
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Tensor inputs = Tensor.of(IDS, 1, IDS.length);
      Tensor both = patches(2, 9);
      Tensor other = Tensor.concat(0, both.narrow(0, 0, 1), patches(1, 10));
      float[] a = model.forward(inputs, model.see(both), null).toFloats();
      float[] b = model.forward(inputs, model.see(other), null).toFloats();
      int before = 6 * 16; // the second square begins at token 6
      for (int i = 0; i < before; i++) {
        assertEquals(a[i], b[i], 1e-5f * (1 + Math.abs(a[i])));
      }
      assertTrue(Math.abs(a[a.length - 1] - b[b.length - 1]) > 1e-4);
    }
  }

  @Test
  void textAloneIsReadAsWithoutTheEncoder() {
    try (Gpt model = random();
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Tensor inputs = Tensor.of(new int[] {1, 2, 3, 4}, 1, 4);
      assertArrayEquals(
          model.forward(inputs, null).toFloats(),
          model.forward(inputs, model.see(patches(1, 3)), null).toFloats());
    }
  }

  @Test
  void aModelFolderKeepsTheEncoder(@TempDir Path folder) {
    try (Gpt model = random();
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      ModelFolder.write(folder, model, folder.resolve("none"));
      try (StoredModel stored = StoredModel.open(folder);
          Gpt read = stored.load(DType.FP32)) {
        assertEquals(VISION, read.vision().orElseThrow());
        Tensor patches = patches(2, 9);
        assertEquals(loss(model, patches), loss(read, patches), 1e-5);
      }
    }
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    for (int[] sizes : new int[][] {{15, 4, 12, 3, 2}, {16, 4, 13, 3, 2}, {16, 4, 12, 3, 3}}) {
      Assertions.assertThrows(
          ConfigException.class,
          () -> VisionConfig.of(sizes[0], sizes[1], sizes[2], 1, sizes[3], 8, sizes[4], 1, 1e-6));
    }
    assertEquals(16, VISION.patches());
    assertEquals(4, VISION.tokens());
  }
}

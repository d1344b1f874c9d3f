package dev.auspex.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kept weights beside the slow twin, folding recorded by autograd; large enough for two chunks.
class FoldedWeightTest {
  private static final int IN = 1024;
  private static final int[] OUT = {1030, 3};

  private final SplittableRandom random = new SplittableRandom(3);

  private Tensor random(long... shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (random.nextDouble() - 0.5);
    }
    return Tensor.of(numbers, shape);
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void valuesAndGradientsEqualThoseOfTheSlowTwin(DType dtype) {
    try (TensorScope _ = TensorScope.open()) {
      List<Tensor> weights = List.of(random(OUT[0], IN), random(OUT[1], IN));
      List<Tensor> biases = List.of(random(OUT[0]), random(OUT[1]));
      Linear.Affine norm = new Linear.Affine(random(IN), random(IN));
      List<Tensor> leaves = new ArrayList<>(weights);
      leaves.addAll(biases);
      leaves.add(norm.gain());
      leaves.add(norm.shift());
      leaves.forEach(Tensor::requireGrad);
      Linear linear = new Linear(weights, biases, norm, 0.7, dtype);
      Tensor x = random(5, IN).to(dtype);
      Tensor gradient = random(5, OUT[0] + OUT[1]).to(dtype);

      Tensor slow = linear.forward(x);
      slow.backward(gradient);
      List<float[]> expected = leaves.stream().map(leaf -> leaf.takeGrad().toFloats()).toList();
      linear.keep();
      Tensor fast = linear.forward(x);
      fast.backward(gradient);
      linear.passGradients();
      linear.letGo();

      float tolerance = dtype == DType.FP32 ? 1e-4f : 0.05f;
      assertArrayEquals(slow.toFloats(), fast.toFloats(), tolerance);
      for (int i = 0; i < leaves.size(); i++) {
        float[] actual = leaves.get(i).takeGrad().toFloats();
        assertArrayEquals(expected.get(i), actual, tolerance, "leaf " + i);
      }
      linear.free();
    }
  }

  @Test
  void aChangedParameterIsFoldedAnew() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor weight = random(4, IN).requireGrad();
      Linear linear = new Linear(List.of(weight), List.of(), Linear.Affine.NONE, 1, DType.FP32);
      linear.keep();
      linear.letGo();
      try (Torch.NoGrad _ = Torch.noGrad()) {
        weight.multiplyInPlace(2);
      }
      linear.keep();
      assertTrue(weight.equal(linear.weight()));
      linear.free();
    }
  }
}

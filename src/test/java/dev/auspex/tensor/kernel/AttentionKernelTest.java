package dev.auspex.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tensor.kernel.AttentionKernel.Gradients;
import dev.auspex.tensor.kernel.AttentionKernel.Heads;
import dev.auspex.tensor.kernel.AttentionKernel.Norms;
import dev.auspex.tensor.kernel.AttentionKernel.Passed;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionKernelTest {
  private static final int BATCH = 2;

  private static Heads heads(int queries, int keys, int width, int seqLen) {
    float[] cosines = new float[seqLen * width / 2];
    float[] sines = new float[cosines.length];
    for (int i = 0; i < cosines.length; i++) {
      double angle = i / (width / 2) * Math.pow(100, -2.0 * (i % (width / 2)) / width);
      cosines[i] = (float) Math.cos(angle);
      sines[i] = (float) Math.sin(angle);
    }
    return new Heads(queries, keys, width, new AttentionKernel.Rotation(cosines, sines));
  }

  private static float[] random(int seed, int count, double around) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (around + random.nextGaussian());
    }
    return numbers;
  }

  private static @Nullable Norms norms(boolean normed, int width) {
    return normed ? new Norms(1e-5, random(3, width, 1), random(4, width, 1)) : null;
  }

  private static int columns(Heads heads) {
    return (heads.queries() + 2 * heads.keys()) * heads.width();
  }

  private static double[] sequence(float[] all, int sequence) {
    int size = all.length / BATCH;
    double[] one = new double[size];
    for (int i = 0; i < size; i++) {
      one[i] = all[sequence * size + i];
    }
    return one;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2, 1, false",
    "4, 2, 4, 7, true",
    "2, 2, 16, 33, false",
    "3, 1, 20, 64, true",
    "2, 1, 64, 70, false",
    "2, 2, 80, 207, true"
  })
  void mixesAsTheSlowTwinDoes(int queries, int keys, int width, int seqLen, boolean normed) {
    Heads heads = heads(queries, keys, width, seqLen);
    Norms norms = norms(normed, width);
    float[] all = random(1, BATCH * seqLen * columns(heads), 0);
    try (TensorScope _ = TensorScope.open()) {
      Tensor in = Tensor.of(all, BATCH, seqLen, columns(heads));
      float[] fast = new AttentionKernel(heads).forward(in, norms).mixed().toFloats();
      for (int sequence = 0; sequence < BATCH; sequence++) {
        double[] slow = new NaiveAttention(heads, norms).mix(sequence(all, sequence), seqLen);
        for (int i = 0; i < slow.length; i++) {
          assertEquals(slow[i], fast[sequence * slow.length + i], 2e-5, "number " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 2, 4, 5, false", "4, 2, 6, 9, true", "2, 1, 32, 40, false", "2, 1, 36, 40, true"})
  void gradientsAreFiniteDifferencesOfTheSlowTwin(
      int queries, int keys, int width, int seqLen, boolean normed) {
    Heads heads = heads(queries, keys, width, seqLen);
    Norms norms = norms(normed, width);
    float[] all = random(1, BATCH * seqLen * columns(heads), 0);
    float[] wanted = random(2, BATCH * seqLen * queries * width, 0);
    try (TensorScope _ = TensorScope.open()) {
      AttentionKernel kernel = new AttentionKernel(heads);
      Tensor in = Tensor.of(all, BATCH, seqLen, columns(heads));
      Passed passed = kernel.forward(in, norms);
      Tensor gradient = Tensor.of(wanted, BATCH, seqLen, (long) queries * width);
      Gradients gradients = kernel.backward(in, norms, passed, gradient);
      float[] fast = gradients.all().toFloats();
      double[] numbers = sequence(all, 1);
      double[] weights = sequence(wanted, 1);
      NaiveAttention naive = new NaiveAttention(heads, norms);
      SplittableRandom random = new SplittableRandom(5);
      for (int i = 0; i < 60; i++) {
        int at = random.nextInt(numbers.length);
        double slope = slope(numbers, at, () -> dot(naive.mix(numbers, seqLen), weights));
        assertEquals(slope, fast[numbers.length + at], 1e-4 * (1 + Math.abs(slope)), "at " + at);
      }
    }
  }

  @Test
  void gradientsOfGainsAreFiniteDifferencesOfTheSlowTwin() {
    Heads heads = heads(4, 2, 6, 11);
    Norms norms = norms(true, 6);
    float[] all = random(1, BATCH * 11 * columns(heads), 0);
    float[] wanted = random(2, BATCH * 11 * 24, 0);
    try (TensorScope _ = TensorScope.open()) {
      AttentionKernel kernel = new AttentionKernel(heads);
      Tensor in = Tensor.of(all, BATCH, 11, columns(heads));
      Passed passed = kernel.forward(in, norms);
      float[] fast = kernel.backward(in, norms, passed, Tensor.of(wanted, BATCH, 11, 24)).gains();
      for (int at = 0; at < fast.length; at++) {
        float[] gain = at < 6 ? norms.queryGain() : norms.keyGain();
        float before = gain[at % 6];
        double[] sums = new double[2];
        for (int side = 0; side < 2; side++) {
          gain[at % 6] = before + (side == 0 ? -0x1p-9f : 0x1p-9f);
          for (int sequence = 0; sequence < BATCH; sequence++) {
            double[] mixed = new NaiveAttention(heads, norms).mix(sequence(all, sequence), 11);
            sums[side] += dot(mixed, sequence(wanted, sequence));
          }
        }
        gain[at % 6] = before;
        assertEquals((sums[1] - sums[0]) / 0x1p-8, fast[at], 2e-3, "gain " + at);
      }
    }
  }

  private static double slope(
      double[] numbers, int at, java.util.function.DoubleSupplier function) {
    double before = numbers[at];
    numbers[at] = before + 1e-4;
    double above = function.getAsDouble();
    numbers[at] = before - 1e-4;
    double below = function.getAsDouble();
    numbers[at] = before;
    return (above - below) / 2e-4;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void bitsDoNotDependOnTheNumberOfThreadsNorOnTheRun() {
    int before = Torch.threads();
    Heads heads = heads(4, 2, 16, 150);
    Norms norms = norms(true, 16);
    try (TensorScope _ = TensorScope.open()) {
      Tensor in = Tensor.of(random(1, BATCH * 150 * 128, 0), BATCH, 150, 128).to(DType.BF16);
      Tensor wanted = Tensor.of(random(2, BATCH * 150 * 64, 0), BATCH, 150, 64).to(DType.BF16);
      AttentionKernel kernel = new AttentionKernel(heads);
      float[][] results = new float[4][];
      for (int run = 0; run < results.length; run++) {
        Torch.threads(run == 0 ? 1 : run);
        Passed passed = kernel.forward(in, norms);
        Gradients gradients = kernel.backward(in, norms, passed, wanted);
        float[] all = gradients.all().toFloats();
        float[] mixed = passed.mixed().toFloats();
        results[run] = Arrays.copyOf(all, all.length + mixed.length + 32);
        System.arraycopy(mixed, 0, results[run], all.length, mixed.length);
        System.arraycopy(gradients.gains(), 0, results[run], all.length + mixed.length, 32);
        assertArrayEquals(results[0], results[run], "run " + run);
      }
    } finally {
      Torch.threads(before);
    }
  }

  /// Products of BF16 numbers, where the processor has them, beside those of the same numbers in
  /// FP32.
  @ParameterizedTest
  @CsvSource({
    "4, 2, 20, 33, true",
    "2, 2, 64, 256, false",
    "2, 1, 80, 70, true",
    "12, 4, 64, 410, false", // too many heads to be brought near at once
    "12, 4, 48, 530, true"
  })
  void halvesAgreeWithFloats(int queries, int keys, int width, int seqLen, boolean normed) {
    Heads heads = heads(queries, keys, width, seqLen);
    Norms norms = norms(normed, width);
    try (TensorScope _ = TensorScope.open()) {
      Tensor halves =
          Tensor.of(random(1, BATCH * seqLen * columns(heads), 0), BATCH, seqLen, columns(heads))
              .to(DType.BF16);
      Tensor gradient =
          Tensor.of(random(2, BATCH * seqLen * queries * width, 0), BATCH, seqLen, queries * width)
              .to(DType.BF16);
      float[][] half = results(new AttentionKernel(heads), norms, halves, gradient);
      float[][] full =
          results(
              new AttentionKernel(heads), norms, halves.to(DType.FP32), gradient.to(DType.FP32));
      for (int part = 0; part < half.length; part++) {
        double largest = 0;
        for (float number : full[part]) {
          largest = Math.max(largest, Math.abs(number));
        }
        assertArrayEquals(full[part], half[part], (float) (0.012 * largest), "part " + part);
      }
    }
  }

  private static float[][] results(
      AttentionKernel kernel, @Nullable Norms norms, Tensor all, Tensor gradient) {
    Passed passed = kernel.forward(all, norms);
    Gradients gradients = kernel.backward(all, norms, passed, gradient);
    return new float[][] {passed.mixed().toFloats(), gradients.all().toFloats(), gradients.gains()};
  }

  @Test
  void largeScoresStayFiniteAndNothingSeesWhatComesLater() {
    Heads heads = heads(1, 1, 8, 40);
    float[] all = random(1, BATCH * 40 * 24, 0);
    for (int i = 0; i < all.length; i++) {
      all[i] *= 1000;
    }
    try (TensorScope _ = TensorScope.open()) {
      AttentionKernel kernel = new AttentionKernel(heads);
      float[] before = kernel.forward(Tensor.of(all, BATCH, 40, 24), null).mixed().toFloats();
      for (float number : before) {
        assertTrue(Float.isFinite(number));
      }
      for (int i = 39 * 24; i < 40 * 24; i++) { // the last token of the first sequence
        all[i] = -3 * all[i];
      }
      float[] after = kernel.forward(Tensor.of(all, BATCH, 40, 24), null).mixed().toFloats();
      assertArrayEquals(Arrays.copyOf(before, 39 * 8), Arrays.copyOf(after, 39 * 8));
      all[39 * 24 + 16] = Float.NaN;
      after = kernel.forward(Tensor.of(all, BATCH, 40, 24), null).mixed().toFloats();
      assertTrue(Float.isNaN(after[39 * 8]), "what is not a number must not be lost");
    }
  }
}

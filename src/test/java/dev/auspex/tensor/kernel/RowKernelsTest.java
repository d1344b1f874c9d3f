package dev.auspex.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Kernels that go over rows, beside libtorch's operations with autograd.
class RowKernelsTest {
  private static final int ROWS = 5;

  private final SplittableRandom random = new SplittableRandom(11);
  private TensorScope scope;

  @BeforeEach
  void open() {
    assertTrue(Kernels.usable(), "surefire starts the JVM with --add-modules");
    Torch.threads(1);
    scope = TensorScope.open();
  }

  @AfterEach
  void close() {
    Torch.threads(1);
    scope.close();
  }

  private Tensor random(DType dtype, long... shape) {
    double[] numbers =
        DoubleStream.generate(random::nextGaussian)
            .limit(Arrays.stream(shape).reduce(1, (a, b) -> a * b))
            .toArray();
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return Tensor.of(floats, shape).to(dtype);
  }

  private static Tensor copy(Tensor tensor) {
    return tensor.emptyLike().copyInPlace(tensor);
  }

  private static void assertClose(Tensor expected, Tensor actual, String what) {
    float tolerance = actual.dtype() == DType.FP32 ? 2e-5f : 0.04f;
    float[] slow = expected.toFloats();
    float[] fast = actual.toFloats();
    for (int i = 0; i < slow.length; i++) {
      assertEquals(slow[i], fast[i], tolerance * (1 + Math.abs(slow[i])), what + " at " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"FP32, 1", "FP32, 7", "FP32, 64", "FP32, 207", "BF16, 7", "BF16, 64", "BF16, 207"})
  void normsAndTheirGradientsEqualAutograds(DType dtype, int width) {
    Tensor stream = random(dtype, ROWS, width);
    Tensor added = random(dtype, ROWS, width);
    Tensor normedGradient = random(dtype, ROWS, width);
    Tensor sumGradient = random(dtype, ROWS, width);
    Tensor sum = stream.add(added, 0.5).requireGrad();
    Tensor normed = sum.rmsNormalize(1e-5);
    normed.backward(normedGradient);

    Tensor fastSum = stream.emptyLike();
    Tensor fastNormed = stream.emptyLike();
    RmsNormKernel.Results results = new RmsNormKernel.Results(fastSum, fastNormed);
    Tensor scales = RmsNormKernel.forward(stream, added, 0.5, 1e-5, results);
    Tensor gradient = copy(sumGradient);
    RmsNormKernel.backward(fastNormed, scales, normedGradient, gradient);

    assertClose(sum, fastSum, "sum");
    assertClose(normed, fastNormed, "normed");
    assertClose(sum.grad().add(sumGradient), gradient, "gradient");
  }

  @ParameterizedTest
  @CsvSource({"FP32, 1", "FP32, 7", "FP32, 207", "BF16, 7", "BF16, 64"})
  void swiGluAndItsGradientEqualAutograds(DType dtype, int width) {
    Tensor both = random(dtype, ROWS, 2L * width).multiply(3).requireGrad();
    Tensor gradient = random(dtype, ROWS, width);
    Tensor slow = both.narrow(1, 0, width).silu().multiply(both.narrow(1, width, width));
    slow.backward(gradient);

    Tensor fast = gradient.emptyLike();
    Tensor used = copy(both.detach());
    ActivationKernel.swiGlu(used, fast);
    assertClose(slow, fast, "result");
    Tensor again = copy(gradient);
    ActivationKernel.swiGluBackward(used, again);
    assertTrue(fast.equal(again), "the backward pass makes the same result again");
    assertClose(both.grad(), used, "gradient");
  }

  @ParameterizedTest
  @CsvSource({"FP32, 1", "FP32, 207", "BF16, 64"})
  void geluAndItsGradientEqualAutograds(DType dtype, int width) {
    Tensor x = random(dtype, ROWS, width).multiply(3).requireGrad();
    Tensor gradient = random(dtype, ROWS, width);
    Tensor slow = x.gelu();
    slow.backward(gradient);

    Tensor fast = gradient.emptyLike();
    Tensor used = copy(x.detach());
    ActivationKernel.gelu(used, fast);
    assertClose(slow, fast, "result");
    Tensor again = copy(gradient);
    ActivationKernel.geluBackward(used, again);
    assertTrue(fast.equal(again), "the backward pass makes the same result again");
    assertClose(x.grad(), used, "gradient");
  }

  @ParameterizedTest
  @CsvSource({"FP32, 7", "FP32, 207", "BF16, 64", "BF16, 207"})
  void crossEntropyEqualsLibtorchs(DType dtype, int vocab) {
    Tensor logits = random(dtype, ROWS, vocab).multiply(4);
    Tensor targets = Tensor.of(new int[] {0, -1, vocab - 1, 3, 3}, ROWS);
    Tensor slow = copy(logits);
    double expected = Fused.crossEntropyInPlace(slow, targets, false, 0.3);
    double actual = LossKernel.crossEntropyInPlace(logits, targets, 0.3);
    assertEquals(expected, actual, 1e-5 * expected);
    assertClose(slow, logits, "gradient");
  }

  @Test
  void exponentialsAreRightToTwoUnitsInTheLastPlace() {
    int lanes = Memory.LANES;
    for (int i = 0; i < 20_000; i++) {
      float x = (float) (-87 + 175 * random.nextDouble());
      float[] y =
          Exponential.of(jdk.incubator.vector.FloatVector.broadcast(Memory.FLOATS, x)).toArray();
      double exact = Math.exp(x);
      assertEquals(lanes, y.length);
      assertEquals(exact, y[lanes - 1], 2 * Math.ulp((float) exact), "exp of " + x);
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2047", "2048", "5000"})
  void adamWEqualsLibtorchs(int size) {
    List<Tensor> slow = state(size);
    List<Tensor> fast = slow.stream().map(RowKernelsTest::copy).toList();
    Tensor gradient = random(DType.BF16, size);
    Fused.AdamWSettings settings = new Fused.AdamWSettings(0.01, 0.9, 0.95, 0.1, 1e-8);
    for (int step = 1; step <= 3; step++) {
      slow.get(3).addInPlace(1);
      fast.get(3).addInPlace(1);
      Fused.adamW(lists(slow, gradient.to(DType.FP32).multiply(0.25)), settings);
      AdamWKernel.step(lists(fast, gradient), settings, 0.25);
    }
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(slow.get(i).toFloats(), fast.get(i).toFloats(), 1e-6f, "part " + i);
    }
  }

  /// Parameter, two moments, step.
  private List<Tensor> state(int size) {
    return List.of(
        random(DType.FP32, size),
        Tensor.zeros(DType.FP32, size),
        Tensor.zeros(DType.FP32, size),
        Tensor.zeros(DType.FP32));
  }

  private static Fused.AdamWLists lists(List<Tensor> state, Tensor gradient) {
    return new Fused.AdamWLists(
        List.of(state.get(0)),
        List.of(gradient),
        List.of(state.get(1)),
        List.of(state.get(2)),
        List.of(state.get(3)));
  }

  @ParameterizedTest
  @CsvSource({"FP32", "BF16"})
  void rowsAddUpInATable(DType dtype) {
    Tensor table = random(dtype, 9, 33);
    Tensor ids = Tensor.of(new int[] {4, 0, 4, 8, 4}, ROWS);
    Tensor added = random(DType.FP32, ROWS, 33);
    Tensor slow = table.to(DType.FP32).emptyLike().copyInPlace(table).requireGrad();
    slow.rows(ids).backward(added);
    Tensor expected = table.add(slow.grad());
    RowSums.add(table, ids, added);
    assertClose(expected, table, "table");
  }

  @Test
  void moreThreadsGiveTheSameBits() {
    Tensor x = random(DType.BF16, 600, 256);
    Tensor gradient = random(DType.BF16, 600, 128);
    Tensor weight = random(DType.FP32, 600, 256);
    Tensor targets = Tensor.of(random.ints(600, 0, 256).toArray(), 600);
    Supplier<List<float[]>> all =
        () -> {
          Tensor both = copy(x);
          Tensor dy = copy(gradient);
          ActivationKernel.swiGluBackward(both, dy);
          Tensor logits = copy(x);
          double loss = LossKernel.crossEntropyInPlace(logits, targets, 1);
          Tensor passed = weight.emptyLike();
          float[] scale = FoldKernel.passBack(x, weight, weight.select(0, 0), passed);
          Tensor table = copy(weight);
          RowSums.add(table, targets, weight);
          float[] numbers = {(float) loss, (float) AdamWKernel.norm(weight)};
          return List.of(
              both.toFloats(),
              dy.toFloats(),
              logits.toFloats(),
              passed.toFloats(),
              scale,
              table.toFloats(),
              numbers);
        };
    List<float[]> one = all.get();
    Torch.threads(3);
    List<float[]> three = all.get();
    for (int i = 0; i < one.size(); i++) {
      assertArrayEquals(one.get(i), three.get(i), 0f, "result " + i);
    }
  }
}

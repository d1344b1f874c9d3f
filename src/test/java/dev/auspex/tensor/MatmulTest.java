package dev.auspex.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// FP32 products on two threads, which are convolutions, beside those of one, which are not.
class MatmulTest {
  private final SplittableRandom random = new SplittableRandom(5);
  private final int threads = Torch.threads();

  @BeforeEach
  void onlyWhereConvolutionsAreUsed() {
    assumeTrue(Loader.getPlatform().endsWith("x86_64"), "measured on x86_64 only");
  }

  @AfterEach
  void restoreThreads() {
    Torch.threads(threads);
  }

  private Tensor random(long... shape) {
    float[] numbers = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextDouble() - 0.5);
    }
    return Tensor.of(numbers, shape);
  }

  private static float[] on(int threads, Supplier<Tensor> body) {
    Torch.threads(threads);
    return body.get().toFloats();
  }

  private static void assertClose(float[] expected, float[] actual, int inner) {
    assertArrayEquals(expected, actual, (float) (1e-6 * Math.sqrt(inner)));
  }

  @Test
  void everyLayoutOfOperandsGivesTheProductOfOneThread() {
    int[][] sizes = {{331, 297, 211}, {1031, 64, 512}, {520, 1000, 33}, {3099, 70, 301}};
    for (int[] size : sizes) {
      try (TensorScope _ = TensorScope.open()) {
        Tensor a = random(size[0], size[1]);
        Tensor b = random(size[1], size[2]);
        Tensor aTurned = a.transpose(0, 1).contiguous().transpose(0, 1);
        Tensor bTurned = b.transpose(0, 1).contiguous().transpose(0, 1);
        float[] expected = on(1, () -> a.matmul(b));
        for (Tensor left : List.of(a, aTurned)) {
          for (Tensor right : List.of(b, bTurned)) {
            Torch.threads(2);
            assertTrue(ConvolutionProduct.fits(left.handle, right.handle), Arrays.toString(size));
            assertClose(expected, on(2, () -> left.matmul(right)), size[1]);
          }
        }
      }
    }
  }

  @Test
  void gradientsAreThoseOfOneThread() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor x = random(2, 150, 200).requireGrad();
      Tensor weight = random(301, 200).requireGrad();
      Tensor bias = random(301).requireGrad();
      Tensor gradient = random(2, 150, 301);
      float[][][] results = new float[2][][];
      for (int threads = 1; threads <= 2; threads++) {
        Torch.threads(threads);
        Tensor y = x.matmul(weight.transpose(0, 1)).addInPlace(bias);
        assertArrayEquals(new long[] {2, 150, 301}, y.shape());
        y.backward(gradient);
        results[threads - 1] =
            new float[][] {
              y.toFloats(),
              x.takeGrad().toFloats(),
              weight.takeGrad().toFloats(),
              bias.takeGrad().toFloats()
            };
      }
      for (int i = 0; i < 4; i++) {
        assertClose(results[0][i], results[1][i], 301);
      }
    }
  }

  @Test
  void aTransposedLeftSideIsDifferentiatedToo() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor x = random(900, 150).requireGrad();
      Tensor y = random(900, 140).requireGrad();
      Tensor gradient = random(150, 140);
      float[][] results = new float[2][];
      for (int threads = 1; threads <= 2; threads++) {
        Torch.threads(threads);
        x.transpose(0, 1).matmul(y).backward(gradient);
        y.clearGrad();
        results[threads - 1] = x.takeGrad().toFloats();
      }
      assertClose(results[0], results[1], 140);
    }
  }

  @Test
  void rowsAndColumnsCutFromALargerMatrixAreTheirOwn() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor large = random(900, 360);
      Tensor rows = large.narrow(0, 100, 700);
      Tensor columns = large.narrow(1, 11, 200);
      Tensor right = random(360, 90);
      Tensor wide = random(900, 100);
      assertClose(on(1, () -> rows.matmul(right)), on(2, () -> rows.matmul(right)), 360);
      Supplier<Tensor> turned = () -> columns.transpose(0, 1).matmul(wide);
      assertClose(on(1, turned), on(2, turned), 900);
    }
  }

  @Test
  void theSameProductHasTheSameBits() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor a = random(2048, 300);
      Tensor b = random(300, 128);
      Tensor c = random(2048, 128);
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(on(2, () -> a.matmul(b)), on(2, () -> a.matmul(b)));
        Supplier<Tensor> turned = () -> a.transpose(0, 1).matmul(c);
        assertArrayEquals(on(2, turned), on(2, turned));
      }
    }
  }

  @Test
  void oneThreadSmallProductsAndOtherTypesAreLeftToLibtorch() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor a = random(1024, 128);
      Tensor b = random(128, 129);
      Torch.threads(1);
      assertFalse(ConvolutionProduct.fits(a.handle, b.handle));
      Torch.threads(2);
      assertTrue(ConvolutionProduct.fits(a.handle, b.handle));
      assertFalse(ConvolutionProduct.fits(a.narrow(0, 0, 1).handle, b.handle));
      assertFalse(ConvolutionProduct.fits(a.to(DType.BF16).handle, b.to(DType.BF16).handle));
      ShapeException e = assertThrows(ShapeException.class, () -> b.matmul(a));
      assertTrue(e.getMessage().contains("[128, 129] by [1024, 128]"), e.getMessage());
    }
  }
}

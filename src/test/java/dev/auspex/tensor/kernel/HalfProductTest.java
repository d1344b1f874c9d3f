package dev.auspex.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfProductTest {
  @BeforeEach
  void needsTheMicrokernel() {
    assumeTrue(Microkernel.usable(), "a processor with BF16 vectors and a libtorch with brgemm");
  }

  private static Tensor random(int seed, long... shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return Tensor.of(numbers, shape).to(DType.BF16);
  }

  @ParameterizedTest
  @CsvSource({
    "512, 192, 192, false",
    "131, 1104, 128, false",
    "400, 2064, 224, true",
    "1040, 64, 4128, true",
    "200, 160, 2304, false"
  })
  void equalsTheProductInFp32(int rows, int columns, int inner, boolean turned) {
    try (TensorScope _ = TensorScope.open()) {
      Tensor a = turned ? random(1, inner, rows).transpose(0, 1) : random(1, rows, inner);
      Tensor b = random(2, inner, columns);
      assertTrue(HalfProduct.fits(a, b));
      float[] expected = a.to(DType.FP32).matmul(b.to(DType.FP32)).toFloats();
      float[] actual = HalfProduct.of(a, b).toFloats();
      double largest = 4 * Math.sqrt(inner);
      for (int i = 0; i < expected.length; i++) {
        double tolerance = Math.abs(expected[i]) / 256 + largest * 1e-6;
        assertEquals(expected[i], actual[i], tolerance, "element " + i);
      }
    }
  }

  @Test
  void keepsTheDimensionsInFront() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor a = random(1, 4, 128, 256);
      Tensor b = random(2, 256, 160);
      Tensor flat = HalfProduct.of(a.reshape(512, 256), b);
      Tensor product = HalfProduct.of(a, b);
      assertEquals(3, product.shape().length);
      assertTrue(product.reshape(512, 160).equal(flat));
    }
  }

  @Test
  void doesNotDependOnTheNumberOfThreads() {
    int before = Torch.threads();
    try (TensorScope _ = TensorScope.open()) {
      Tensor a = random(1, 2080, 1008).transpose(0, 1);
      Tensor b = random(2, 2080, 336);
      Torch.threads(1);
      Tensor one = HalfProduct.of(a, b);
      Torch.threads(3);
      Tensor three = HalfProduct.of(a, b);
      assertTrue(one.equal(three));
    } finally {
      Torch.threads(before);
    }
  }

  @Test
  void leavesTheRestToLibtorch() {
    try (TensorScope _ = TensorScope.open()) {
      Tensor a = random(1, 512, 256);
      Tensor b = random(2, 256, 512);
      assertTrue(HalfProduct.fits(a, b));
      assertFalse(HalfProduct.fits(a.to(DType.FP32), b.to(DType.FP32)), "FP32");
      assertFalse(HalfProduct.fits(a.narrow(0, 0, 64), b), "few rows");
      assertFalse(HalfProduct.fits(a, random(2, 512, 256).transpose(0, 1)), "turned");
      assertFalse(HalfProduct.fits(random(1, 1024, 250), random(2, 250, 1024)), "odd inner size");
      assertFalse(HalfProduct.fits(a, b.keep().requireGrad()), "recorded");
      try (Torch.NoGrad _ = Torch.noGrad()) {
        assertTrue(HalfProduct.fits(a, b), "not recorded");
      }
      assertFalse(HalfProduct.fits(a, random(2, 512, 512)), "other inner sizes");
    }
  }
}

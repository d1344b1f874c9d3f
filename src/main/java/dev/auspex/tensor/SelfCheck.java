package dev.auspex.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/// Compares the main operations with slow loops in double precision, and measures matrix products.
public final class SelfCheck {
  private static final int RATE_SIZE = 1024;

  /// After a pause a machine takes some tenths of a second to run at its full speed again.
  private static final double RATE_SECONDS = 0.5;

  private SelfCheck() {}

  /// One comparison.
  ///
  /// @param name operation and type
  /// @param ok whether the error is within what the type allows
  /// @param error largest error relative to the largest magnitude
  public record Check(String name, boolean ok, double error) {}

  /// Best rate of a 1024-cubed matrix product on all threads or the accelerator, GFLOP/s by element
  /// type.
  public static Map<String, Double> matmulGflops() {
    Map<String, Double> rates = new LinkedHashMap<>();
    for (DType dtype : List.of(DType.FP32, DType.BF16)) {
      rates.put(dtype.name().toLowerCase(java.util.Locale.ROOT), matmulGflops(dtype));
    }
    return rates;
  }

  /// Best rate of a 1024-cubed matrix product in GFLOP/s, of several: what else runs on the machine
  /// only slows it. Multiplies as training does, by weights `[out, in]` turned round, on as many
  /// threads. Takes half a second.
  public static double matmulGflops(DType dtype) {
    try (TensorScope _ = TensorScope.open()) {
      Tensor a = random(1, RATE_SIZE, RATE_SIZE).to(dtype);
      Tensor b = random(2, RATE_SIZE, RATE_SIZE).to(dtype).transpose(0, 1);
      double best = Double.POSITIVE_INFINITY;
      long end = System.nanoTime() + (long) (RATE_SECONDS * 1e9);
      for (long start = System.nanoTime(); start < end; start = System.nanoTime()) {
        try (TensorScope _ = TensorScope.open()) {
          a.matmul(b);
          Device.synchronize();
        }
        best = Math.min(best, (System.nanoTime() - start) / 1e9);
      }
      double flops = 2.0 * RATE_SIZE * RATE_SIZE * RATE_SIZE;
      return Math.round(flops / best / 1e8) / 10.0;
    }
  }

  /// Runs all comparisons in FP32 and BF16.
  public static List<Check> run() {
    List<Check> checks = new ArrayList<>();
    for (DType dtype : List.of(DType.FP32, DType.BF16)) {
      double tolerance = dtype == DType.FP32 ? 2e-5 : 2e-2;
      try (TensorScope _ = TensorScope.open()) {
        Tensor x = random(3, 7, 64).to(dtype);
        checks.add(
            check(
                "matmul",
                dtype,
                tolerance,
                x.matmul(random(4, 64, 33).to(dtype)),
                matmul(x, random(4, 64, 33).to(dtype))));
        checks.add(check("softmax", dtype, tolerance, x.softmax(), softmax(x)));
        checks.add(check("rms_norm", dtype, tolerance, x.rmsNormalize(1e-5), rmsNorm(x)));
        checks.add(check("silu", dtype, tolerance, x.silu(), each(x, v -> v / (1 + Math.exp(-v)))));
        int[] targets = {0, 5, 63, 7, 1, 2, 31};
        Tensor loss = Fused.crossEntropy(x.to(DType.FP32), Tensor.of(targets, 7), true).reshape(1);
        checks.add(check("cross_entropy", dtype, tolerance, loss, crossEntropy(x, targets)));
      }
    }
    return checks;
  }

  private static Check check(
      String name, DType dtype, double tolerance, Tensor fast, double[] slow) {
    float[] actual = fast.toFloats();
    double largest = 0;
    double error = 0;
    for (int i = 0; i < slow.length; i++) {
      largest = Math.max(largest, Math.abs(slow[i]));
      error = Math.max(error, Math.abs(slow[i] - actual[i]));
    }
    double relative = error / largest;
    String label = name + " " + dtype.name().toLowerCase(java.util.Locale.ROOT);
    return new Check(label, relative <= tolerance, relative);
  }

  private static Tensor random(long seed, int rows, int columns) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, rows, columns);
  }

  private static double[] matmul(Tensor a, Tensor b) {
    float[] x = a.toFloats();
    float[] y = b.toFloats();
    int rows = (int) a.size(0);
    int inner = (int) a.size(1);
    int columns = (int) b.size(1);
    double[] out = new double[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        for (int k = 0; k < inner; k++) {
          out[i * columns + j] += (double) x[i * inner + k] * y[k * columns + j];
        }
      }
    }
    return out;
  }

  private static double[] each(Tensor a, DoubleUnaryOperator f) {
    float[] x = a.toFloats();
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = f.applyAsDouble(x[i]);
    }
    return out;
  }

  private static double[] softmax(Tensor a) {
    int columns = (int) a.size(1);
    double[] out = each(a, Math::exp);
    for (int row = 0; row < out.length; row += columns) {
      double sum = Arrays.stream(out, row, row + columns).sum();
      for (int i = row; i < row + columns; i++) {
        out[i] /= sum;
      }
    }
    return out;
  }

  private static double[] rmsNorm(Tensor a) {
    int columns = (int) a.size(1);
    double[] out = each(a, v -> v);
    for (int row = 0; row < out.length; row += columns) {
      double sum = 0;
      for (int i = row; i < row + columns; i++) {
        sum += out[i] * out[i];
      }
      double scale = 1 / Math.sqrt(sum / columns + 1e-5);
      for (int i = row; i < row + columns; i++) {
        out[i] *= scale;
      }
    }
    return out;
  }

  private static double[] crossEntropy(Tensor a, int[] targets) {
    double[] probabilities = softmax(a);
    int columns = (int) a.size(1);
    double nats = 0;
    for (int row = 0; row < targets.length; row++) {
      nats -= Math.log(probabilities[row * columns + targets[row]]);
    }
    return new double[] {nats / targets.length};
  }
}

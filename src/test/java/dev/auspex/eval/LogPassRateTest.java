package dev.auspex.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogPassRateTest {
  private static final int REPEATS = 40_000;

  @ParameterizedTest
  @CsvSource({"0.9, 2", "0.5, 2", "0.1, 2", "0.5, 8", "0.1, 8", "0.03, 3"})
  void theMeanEstimateIsTheTruthWithinMonteCarloError(double p, int passes) {
    SplittableRandom random = new SplittableRandom(7);
    double[] logs = new double[REPEATS];
    double[] rates = new double[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
      LogPassRate estimate = new LogPassRate(passes, 1_000_000);
      while (!estimate.done()) {
        estimate.add(random.nextDouble() < p);
      }
      assertFalse(estimate.capped());
      logs[i] = estimate.logRate();
      rates[i] = estimate.rate();
    }
    assertMean("log p", Math.log(p), logs);
    assertMean("p", p, rates);
  }

  /// Four standard errors: six cases, two means each, fail by chance once in a thousand seeds.
  private static void assertMean(String what, double expected, double[] values) {
    double mean = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    double square = 0;
    for (double value : values) {
      square += (value - mean) * (value - mean) / (values.length - 1);
    }
    double error = Math.sqrt(square / values.length);
    assertEquals(expected, mean, 4 * error, what + ", standard error " + error);
    assertTrue(error < 0.02, "the test must be sharp: " + error);
  }

  @Test
  void thePlugInEstimateOfAsManyDrawsIsBiasedWhereThisIsNot() {
    // What the estimator is for: log(c/n) of n = 8 draws at p = 0.5, c > 0, is off by far more.
    double plugIn = 0;
    double total = 0;
    double binomial = 1;
    for (int c = 1; c <= 8; c++) {
      binomial = binomial * (9 - c) / c;
      plugIn += binomial * Math.log(c / 8.0);
      total += binomial;
    }
    assertTrue(Math.abs(plugIn / total - Math.log(0.5)) > 0.05);
  }

  @Test
  void aWorkedExample() {
    LogPassRate estimate = new LogPassRate(2, 100);
    for (boolean passed : new boolean[] {false, true, false, false, true, true}) {
      estimate.add(passed);
    }
    // The second pass is draw 5: 1/2 + 1/3 + 1/4.
    assertEquals(-(1.0 / 2 + 1.0 / 3 + 1.0 / 4), estimate.logRate(), 1e-12);
    assertEquals(1.0 / 4, estimate.rate(), 1e-12);
    assertEquals(5, estimate.draws());
  }

  @Test
  void theCapIsToldAndFinite() {
    LogPassRate never = new LogPassRate(2, 10);
    for (int i = 0; i < 20; i++) {
      never.add(false);
    }
    assertTrue(never.done() && never.capped());
    assertEquals(10, never.draws());
    double sum = 0;
    for (int i = 2; i <= 10; i++) {
      sum += 1.0 / i;
    }
    assertEquals(-sum, never.logRate(), 1e-12);
    assertThrows(EvalException.class, () -> new LogPassRate(1, 10));
    assertThrows(EvalException.class, () -> new LogPassRate(4, 3));
  }
}

package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class MixtureTest {
  private static final Mixture STANDARD =
      new Mixture(new double[] {1}, new double[] {0}, new double[] {1});

  @Test
  void quantilesOfANormalAreTheTabulatedOnes() {
    assertEquals(0, STANDARD.quantile(0.5), 1e-6);
    assertEquals(1.6448536, STANDARD.quantile(0.95), 1e-6);
    assertEquals(-1.6448536, STANDARD.quantile(0.05), 1e-6);
  }

  @Test
  void densityAndVarianceOfTwoNormalsAreWorkedOutByHand() {
    Mixture far = new Mixture(new double[] {1}, new double[] {4}, new double[] {1});
    Mixture both = Mixture.blend(List.of(STANDARD, far), List.of(0.5, 0.5));
    assertEquals(2, both.mean(), 1e-12);
    assertEquals(1 + 4, both.variance(), 1e-12);
    assertEquals(Math.log(Math.exp(-2) / Math.sqrt(2 * Math.PI)), both.logDensity(2), 1e-9);
    assertEquals(2, both.quantile(0.5), 1e-6);
  }

  @Test
  void stretchingKeepsTheMedian() {
    Interval plain = Interval.of(STANDARD, 0.9, 1);
    Interval wide = Interval.of(STANDARD, 0.9, 2);
    assertEquals(plain.predicted(), wide.predicted());
    assertEquals(2 * Math.log(plain.high()), Math.log(wide.high()), 1e-9);
  }
}

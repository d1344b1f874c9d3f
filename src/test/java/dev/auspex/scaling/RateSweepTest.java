package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.scaling.Trend.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RateSweepTest {
  private static final double[] GRID = {0.25, 0.5, 1, 2, 4};

  /// Log losses on a parabola around `best`, with noise, for each seed on a level of its own.
  private static RateSweep sweep(double best, double noise, int seeds, SplittableRandom random) {
    TreeMap<Double, List<Double>> losses = new TreeMap<>();
    for (double rate : GRID) {
      List<Double> bySeed = new ArrayList<>();
      for (int seed = 0; seed < seeds; seed++) {
        double x = Math.log(rate / best);
        bySeed.add(Math.exp(1 + 0.02 * x * x + 0.1 * seed + noise * random.nextGaussian()));
      }
      losses.put(rate, bySeed);
    }
    return new RateSweep(losses);
  }

  @Test
  void findsTheBottomOfAnExactParabolaBetweenTheRatesTried() {
    RateSweep sweep = sweep(1.3, 0, 2, new SplittableRandom(1));
    assertTrue(sweep.bracketed());
    RateSweep.Optimum optimum = sweep.optimum();
    assertEquals(1.3, optimum.rate(), 1e-9);
    assertEquals(0, RateSweep.noise(List.of(optimum)), 1e-9);
  }

  @Test
  void theStatedErrorIsTheSpreadOfTheBestRate() {
    long seed = 11;
    SplittableRandom random = new SplittableRandom(seed);
    List<RateSweep.Optimum> optima = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      optima.add(sweep(1, 0.002, 2, random).optimum());
    }
    double noise = RateSweep.noise(optima);
    assertEquals(0.002, noise, 0.0001, "seed " + seed);
    double spread =
        Math.sqrt(
            optima.stream().mapToDouble(o -> Math.pow(Math.log(o.rate()), 2)).average().orElse(0));
    double stated = optima.stream().mapToDouble(o -> o.error(noise)).average().orElse(0);
    assertEquals(1, stated / spread, 0.1, "seed " + seed);
  }

  @Test
  void anEdgeAsksForARateFurtherOutAndADivergedRunForOneBetween() {
    RateSweep edge = sweep(9, 0, 1, new SplittableRandom(1));
    assertFalse(edge.bracketed());
    assertEquals(8, edge.next(), 1e-12);
    RateSweep low = sweep(0.1, 0, 1, new SplittableRandom(1));
    assertEquals(0.125, low.next(), 1e-12);
    TreeMap<Double, List<Double>> losses =
        new TreeMap<>(sweep(4, 0, 1, new SplittableRandom(1)).losses());
    losses.put(8.0, List.of(Double.POSITIVE_INFINITY));
    RateSweep diverged = new RateSweep(losses);
    assertFalse(diverged.bracketed());
    assertEquals(Math.sqrt(32), diverged.next(), 1e-12);
  }

  @Test
  void aPowerIsFoundWithItsErrorAndJudged() {
    List<Trend.Point> points = new ArrayList<>();
    for (double size : new double[] {1, 4, 16}) {
      points.add(new Trend.Point(size, 3 * Math.pow(size, -0.25), 0.05));
    }
    Trend trend = Trend.of(points);
    assertEquals(-0.25, trend.slope(), 1e-12);
    assertEquals(0.5, trend.factor(), 1e-12);
    // sum of squared logs about their mean: 2 (ln 4)^2
    assertEquals(0.05 / (Math.sqrt(2) * Math.log(4)), trend.error(), 1e-12);
    assertEquals(Verdict.DRIFTS, trend.verdict(0.1));
    assertEquals(Verdict.FLAT, trend.verdict(0.3));
    assertEquals(Verdict.UNCLEAR, new Trend(-0.25, 0.2, 0.5).verdict(0.1));
  }
}

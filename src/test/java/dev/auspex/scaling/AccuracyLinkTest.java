package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AccuracyLinkTest {
  private static final double[] LOSSES = Numbers.grid(0.7, 2, 200);

  private static double[] accuracies(AccuracyLink.Curve curve, double noise) {
    Random random = new Random(5);
    double[] accuracies = new double[LOSSES.length];
    for (int i = 0; i < accuracies.length; i++) {
      accuracies[i] = curve.accuracy(LOSSES[i]) + noise * random.nextGaussian();
    }
    return accuracies;
  }

  @Test
  void aCurveOfTheSameFormIsFoundAgain() {
    for (AccuracyLink link : new AccuracyLink[] {AccuracyLink.SIGMOID, AccuracyLink.HILL}) {
      double midpoint = link == AccuracyLink.HILL ? -0.2 : 0.8;
      AccuracyLink.Curve truth = new AccuracyLink.Curve(link, 0.25, 1, 6, midpoint);
      AccuracyLink.Curve found = link.fit(LOSSES, accuracies(truth, 0.005));
      for (double loss : new double[] {0.4, 0.6, 1, 2.5}) {
        assertEquals(truth.accuracy(loss), found.accuracy(loss), 0.01, link + " at " + loss);
      }
    }
  }

  @Test
  void everyCurveFallsFromOneAtNoLossToItsFloor() {
    AccuracyLink.Curve truth = new AccuracyLink.Curve(AccuracyLink.SIGMOID, 0.3, 0.9, 5, 1);
    for (AccuracyLink link : AccuracyLink.values()) {
      AccuracyLink.Curve found = link.fit(LOSSES, accuracies(truth, 0.01));
      double last = found.accuracy(1e-6);
      assertTrue(last > 0.85 && last <= 1, link + " " + last);
      for (double loss : Numbers.grid(0.05, 4, 80)) {
        double next = found.accuracy(loss);
        assertTrue(next <= last + 1e-12, link + " at " + loss);
        last = next;
      }
      assertEquals(found.floor(), found.accuracy(1e6), 1e-3);
    }
  }

  @Test
  void aTaskThatStaysAtChanceFitsAFlatCurve() {
    double[] flat = new double[LOSSES.length];
    java.util.Arrays.fill(flat, 0.25);
    for (AccuracyLink link : AccuracyLink.values()) {
      assertEquals(0.25, link.fit(LOSSES, flat).accuracy(1.5), 0.01, link.form());
    }
  }
}

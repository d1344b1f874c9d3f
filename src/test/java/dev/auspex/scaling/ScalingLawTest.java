package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class ScalingLawTest {
  private static final double[] FLOPS = {1e11, 3e11, 1e12, 3e12, 1e13, 3e13};

  private static List<Observation> runs(ToDoubleFunction<Target> loss) {
    List<Observation> runs = new ArrayList<>();
    for (double flops : FLOPS) {
      Target at = Ladders.target(flops);
      runs.add(Ladders.run("at-" + flops, flops, loss.applyAsDouble(at), 1));
    }
    return runs;
  }

  /// Runs over a grid of parameters and tokens.
  private static List<Observation> grid(ScalingLaw law, double noise, Random random) {
    List<Observation> runs = new ArrayList<>();
    for (double parameters : new double[] {1.9e8, 3.7e8, 7.6e8, 1.3e9}) {
      for (double ratio : new double[] {10, 20, 40, 100, 200}) {
        Target at = new Target(6 * ratio * parameters * parameters, parameters, ratio * parameters);
        double loss = law.predict(at) * Math.exp(noise * random.nextGaussian());
        runs.add(
            new Observation(
                "n" + parameters + "r" + ratio, at.flops(), parameters, at.tokens(), loss, 1));
      }
    }
    return runs;
  }

  @Test
  void lawsGiveTheLossesWorkedOutByHand() {
    Target at = new Target(1e12, 1e6, 1e8);
    assertEquals(1.1, new PowerLaw(10, -1.0 / 12, 0.1).predict(at), 1e-12);
    assertEquals(1.5, new FixedAsymptote(10, -1.0 / 12, 0.5).predict(at), 1e-12);
    assertEquals(1.0, new PureLogLinear(10, -1.0 / 12).predict(at), 1e-12);
    assertEquals(0.5 + 2.0 + 3.0, new Chinchilla(0.5, 2e3, 3e4, 0.5, 0.5).predict(at), 1e-9);
    double tenfold = 1 + 0.5 * -0.1 * Math.log(10);
    assertEquals(2 * tenfold * tenfold, new BentPowerLaw(1e11, 2, -0.1, 0.5).predict(at), 1e-12);
  }

  @Test
  void aBentLawHasTheSlopeItSays() {
    BentPowerLaw law = new BentPowerLaw(1e11, 2, -0.1, 0.6);
    Target at = new Target(1e12, 0, 0);
    double step = 1e-5;
    double slope =
        (Math.log(law.predict(new Target(1e12 * Math.exp(step), 0, 0)))
                - Math.log(law.predict(new Target(1e12 * Math.exp(-step), 0, 0))))
            / (2 * step);
    assertEquals(slope, law.slopeAt(at), 1e-7);
    assertEquals(-0.1 * Math.pow(law.predict(at) / 2, -0.6), law.slopeAt(at), 1e-9);
  }

  @Test
  void noiselessRunsGiveTheirPowerLawBack() {
    PowerLaw law = (PowerLaw) new PowerFamily().fit(runs(new PowerLaw(60, -0.15, 0.7)::predict));
    assertEquals(-0.15, law.b(), 1e-6);
    assertEquals(0.7, law.c(), 1e-5);
    assertEquals(60, law.a(), 1e-3);
  }

  @Test
  void noiselessRunsGiveTheirBentLawBack() {
    BentPowerLaw truth = new BentPowerLaw(1e12, 2.2, -0.1, 0.63);
    BentPowerLaw law = (BentPowerLaw) new BentFamily(0, 1).fit(runs(truth::predict));
    assertEquals(0.63, law.bend(), 1e-4);
    for (double flops : new double[] {1e11, 1e13, 1e14}) {
      Target at = Ladders.target(flops);
      assertEquals(truth.predict(at), law.predict(at), 1e-4);
    }
  }

  @Test
  void noiselessRunsGiveTheirStraightAndFixedLawsBack() {
    PureLogLinear straight =
        (PureLogLinear) new LogLinearFamily().fit(runs(new PureLogLinear(40, -0.11)::predict));
    assertEquals(-0.11, straight.b(), 1e-9);
    assertEquals(40, straight.a(), 1e-6);
    FixedAsymptote fixed =
        (FixedAsymptote)
            new FixedFamily(0.5).fit(runs(new FixedAsymptote(60, -0.15, 0.5)::predict));
    assertEquals(-0.15, fixed.b(), 1e-7);
  }

  @Test
  void noiselessRunsGiveTheirChinchillaLawBack() {
    Chinchilla truth = new Chinchilla(1.8172, 482.01, 2085.43, 0.3478, 0.3658);
    Chinchilla law = (Chinchilla) new ChinchillaFamily().fit(grid(truth, 0, new Random(1)));
    assertEquals(1.8172, law.e(), 2e-3);
    assertEquals(0.3478, law.alpha(), 2e-3);
    assertEquals(0.3658, law.beta(), 2e-3);
  }

  @Test
  void powerLawFitsAreTheGlobalOptimumOnTwoHundredNoisyLadders() {
    long seed = 11;
    Random random = new Random(seed);
    PowerFamily family = new PowerFamily();
    for (int i = 0; i < 200; i++) {
      List<Observation> runs =
          Ladders.simulate(Ladders.drawLaw(i % 3, random), 0.005, random).runs();
      double fitted = squares(family.fit(runs), runs);
      double searched = leastByExhaustion(runs);
      assertTrue(
          fitted <= searched * (1 + 1e-6) + 1e-15,
          "seed %d, ladder %d: fitted %s, exhaustive search %s"
              .formatted(seed, i, fitted, searched));
    }
  }

  /// Least squared relative residual over a fine grid of exponents and asymptotes.
  private static double leastByExhaustion(List<Observation> runs) {
    double lowest = runs.stream().mapToDouble(Observation::loss).min().orElseThrow();
    double least = Double.POSITIVE_INFINITY;
    for (double b : Numbers.grid(0.005, 1.1, 400)) {
      for (double c : Numbers.grid(0, lowest, 200)) {
        double uu = 0;
        double uy = 0;
        double yy = 0;
        for (Observation run : runs) {
          double u = Math.pow(run.flops() / 1e12, -b) / run.loss();
          double y = (run.loss() - c) / run.loss();
          uu += u * u;
          uy += u * y;
          yy += y * y;
        }
        least = Math.min(least, yy - uy * uy / uu);
      }
    }
    return least;
  }

  private static double squares(ScalingLaw law, List<Observation> runs) {
    double sum = 0;
    for (Observation run : runs) {
      double residual = law.predict(run.point()) / run.loss() - 1;
      sum += residual * residual;
    }
    return sum;
  }

  @Test
  void chinchillaFitsAreNoWorseThanTheTruthOnFortyNoisyGrids() {
    long seed = 5;
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      Chinchilla truth =
          new Chinchilla(
              1 + random.nextDouble(),
              300,
              800,
              0.2 + 0.3 * random.nextDouble(),
              0.2 + 0.3 * random.nextDouble());
      List<Observation> runs = grid(truth, 0.004, random);
      ScalingLaw law = new ChinchillaFamily().fit(runs);
      assertTrue(
          squares(law, runs) <= squares(truth, runs) * (1 + 1e-6),
          "seed %d, grid %d: fitted %s".formatted(seed, i, law));
    }
  }

  @Test
  void nonNegativeLeastSquaresMeetsTheOptimalityConditions() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      int rows = 4 + random.nextInt(5);
      double[][] columns = new double[1 + random.nextInt(3)][rows];
      double[] values = new double[rows];
      for (int row = 0; row < rows; row++) {
        values[row] = random.nextGaussian();
        for (double[] column : columns) {
          column[row] = random.nextGaussian();
        }
      }
      double[] solved = new LeastSquares(columns, values).nonNegative();
      for (int c = 0; c < columns.length; c++) {
        double gradient = 0;
        for (int row = 0; row < rows; row++) {
          double residual = -values[row];
          for (int k = 0; k < columns.length; k++) {
            residual += solved[k] * columns[k][row];
          }
          gradient += residual * columns[c][row];
        }
        assertTrue(solved[c] >= 0 && gradient > -1e-9, "case " + i);
        assertTrue(solved[c] == 0 || Math.abs(gradient) < 1e-9, "case " + i);
      }
    }
  }

  @Test
  void lawsAreOfferedOnlyWhereTheRunsCanTellTheirNumbersApart() {
    List<Observation> oneShape = runs(new PowerLaw(60, -0.15, 0.7)::predict);
    assertFalse(new ChinchillaFamily().suits(oneShape));
    assertTrue(
        new ChinchillaFamily()
            .suits(grid(new Chinchilla(1.8, 480, 2085, 0.35, 0.37), 0, new Random(1))));
    assertFalse(new FixedFamily(3).suits(oneShape));
  }

  @Test
  void impossibleRunsAreRefusedByName() {
    ScalingException e =
        assertThrows(ScalingException.class, () -> new Observation("small", 1e12, 1e6, 1e7, -1, 1));
    assertEquals(
        "loss of run small (-1.0) must be a positive number; remove the run or correct it",
        e.getMessage());
    assertThrows(ScalingException.class, () -> new Observation("x", Double.NaN, 1e6, 1e7, 1, 1));
    assertThrows(ScalingException.class, () -> new Target(0, 1, 1));
  }
}

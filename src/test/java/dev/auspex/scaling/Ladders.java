package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/// Ladders for tests: measured ones, and simulated ones whose law is known.
final class Ladders {
  /// Java source on a 2,048-token vocabulary, 20 tokens a parameter, one seed.
  static final List<Observation> BPE =
      measured(
          new double[] {1.9e11, 4.8e11, 1.02e12, 3.9e12, 1.32e13, 6.7e13},
          new double[] {2.523, 2.318, 2.168, 1.876, 1.622, 1.320});

  /// Java source on bytes, a fixed batch of 4,096 tokens, one seed.
  static final List<Observation> BYTES =
      measured(
          new double[] {8.5e10, 8.3e11, 4.8e12, 1.2e13}, new double[] {3.58, 2.72, 1.99, 1.71});

  private Ladders() {}

  /// Runs of the given compute and loss, 20 tokens a parameter.
  static List<Observation> measured(double[] flops, double[] losses) {
    List<Observation> runs = new ArrayList<>();
    for (int i = 0; i < flops.length; i++) {
      runs.add(run("run-" + i, flops[i], losses[i], 1));
    }
    return List.copyOf(runs);
  }

  /// A run of given compute at 20 tokens a parameter.
  static Observation run(String name, double flops, double loss, long seed) {
    double parameters = Math.sqrt(flops / 120);
    return new Observation(name, flops, parameters, 20 * parameters, loss, seed);
  }

  /// A target of given compute at 20 tokens a parameter.
  static Target target(double flops) {
    return run("target", flops, 1, 1).point();
  }

  /// A simulated ladder: its runs, its target, and what the target came to.
  record Simulated(List<Observation> runs, Target target, double actual) {}

  /// Draws a ladder of 5 to 7 runs over 1.5 to 2.5 decades with a target 10 to 30 times beyond.
  ///
  /// @param shape relative loss as a function of decades above the smallest run
  static Simulated simulate(DoubleUnaryOperator shape, double noise, Random random) {
    int numRuns = 5 + random.nextInt(3);
    double span = 1.5 + random.nextDouble();
    double reach = 1 + 0.5 * random.nextDouble();
    List<Observation> runs = new ArrayList<>();
    for (int i = 0; i < numRuns; i++) {
      double decades = span * i / (numRuns - 1);
      double loss = 3 * shape.applyAsDouble(decades) * Math.exp(noise * random.nextGaussian());
      runs.add(run("run-" + i, 1e11 * Math.pow(10, decades), loss, 1));
    }
    double end = span + reach;
    double actual = 3 * shape.applyAsDouble(end) * Math.exp(noise * random.nextGaussian());
    return new Simulated(runs, target(1e11 * Math.pow(10, end)), actual);
  }

  /// A law of kind 0 to 2 (above an asymptote, straight, bent) with drawn numbers.
  static DoubleUnaryOperator drawLaw(int kind, Random random) {
    return switch (kind) {
      case 0 -> {
        double b = 0.05 + 0.25 * random.nextDouble();
        double c = 0.6 * random.nextDouble();
        yield decades -> (1 - c) * Math.pow(10, -b * decades) + c;
      }
      case 1 -> {
        double b = 0.04 + 0.16 * random.nextDouble();
        yield decades -> Math.pow(10, -b * decades);
      }
      default -> {
        double bend = 0.05 + 0.85 * random.nextDouble();
        double slope = 0.05 + 0.05 * random.nextDouble();
        yield decades -> Math.pow(1 - bend * slope * Math.log(10) * decades, 1 / bend);
      }
    };
  }
}

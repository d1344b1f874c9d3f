package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Prior of the relative noise of one run: log-normal, around the replicates' spread where there
/// are replicates and around the stated default where not.
///
/// @param centre the noise thought likeliest beforehand
/// @param logDeviation spread of its logarithm
/// @param replicates degrees of freedom the ladder's own replicates gave
record NoisePrior(double centre, double logDeviation, int replicates) {
  /// The noise levels a forecast is averaged over.
  static final double[] LEVELS = levels();

  private static final double LOG_DEVIATION = 0.5;

  /// Pools the spread of runs that differ in their seed only with the stated default.
  static NoisePrior of(List<Observation> runs, double seedNoise) {
    Map<List<Long>, List<Double>> groups = new HashMap<>();
    for (Observation run : runs) {
      groups.computeIfAbsent(place(run), _ -> new ArrayList<>()).add(Math.log(run.loss()));
    }
    double squares = 0;
    int freedom = 0;
    for (List<Double> group : groups.values()) {
      double mean = group.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      for (double value : group) {
        squares += (value - mean) * (value - mean);
      }
      freedom += group.size() - 1;
    }
    double priorFreedom = 2;
    double pooled =
        Math.sqrt((priorFreedom * seedNoise * seedNoise + squares) / (priorFreedom + freedom));
    double deviation = LOG_DEVIATION / Math.sqrt(1 + freedom / priorFreedom);
    return new NoisePrior(Math.max(pooled, 2e-4), deviation, freedom);
  }

  /// Compute, parameters and tokens to about 0.2%, so that replicates cut a batch apart still
  /// match.
  private static List<Long> place(Observation run) {
    return List.of(
        Math.round(500 * Math.log(run.flops())),
        Math.round(500 * Math.log1p(run.parameters())),
        Math.round(500 * Math.log1p(run.tokens())));
  }

  /// Log prior probability of each level.
  double[] logWeights() {
    double[] weights = new double[LEVELS.length];
    double total = 0;
    for (int i = 0; i < weights.length; i++) {
      double z = Math.log(LEVELS[i] / centre) / logDeviation;
      weights[i] = -0.5 * z * z;
      total += Math.exp(weights[i]);
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] -= Math.log(total);
    }
    return weights;
  }

  private static double[] levels() {
    double[] levels = Numbers.grid(Math.log(3e-4), Math.log(0.08), 20);
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Math.exp(levels[i]);
    }
    return levels;
  }
}

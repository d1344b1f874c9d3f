package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hipparchus.special.Erf;

/// A predictive distribution of log loss: a weighted sum of normal distributions.
record Mixture(double[] weights, double[] means, double[] deviations) {
  private static final double NEGLIGIBLE = 1e-7;
  private static final double MEAN_STEP = 5e-4;

  /// A family's predictive distribution, and how well the family as a whole explains the runs.
  record Posterior(Mixture mixture, double logEvidence) {}

  /// Averages `members` over noise levels by how well each explains `numRuns` runs.
  ///
  /// @param extraVariance variance of log loss that grows beyond the ladder
  static Posterior posterior(
      List<Member> members, int numRuns, NoisePrior noise, double extraVariance) {
    double[] levels = NoisePrior.LEVELS;
    double[] logNoise = noise.logWeights();
    double[] logWeights = new double[members.size() * levels.length];
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < logWeights.length; i++) {
      Member member = members.get(i / levels.length);
      double level = levels[i % levels.length];
      logWeights[i] =
          member.logPrior()
              + logNoise[i % levels.length]
              + (member.numLinear() - numRuns) * Math.log(level)
              - member.squaredResidual() / (2 * level * level)
              - 0.5 * numRuns * Math.log(2 * Math.PI);
      most = Math.max(most, logWeights[i]);
    }
    double total = 0;
    for (double weight : logWeights) {
      total += Math.exp(weight - most);
    }
    List<double[]> parts = new ArrayList<>();
    for (int i = 0; i < logWeights.length; i++) {
      double weight = Math.exp(logWeights[i] - most) / total;
      if (weight > NEGLIGIBLE) {
        Member member = members.get(i / levels.length);
        double level = levels[i % levels.length];
        double variance = level * level * (1 + member.spread() * member.spread()) + extraVariance;
        parts.add(new double[] {weight, member.logPrediction(), Math.sqrt(variance)});
      }
    }
    return new Posterior(of(parts), most + Math.log(total));
  }

  /// Several distributions in the given shares.
  static Mixture blend(List<Mixture> mixtures, List<Double> shares) {
    List<double[]> parts = new ArrayList<>();
    for (int m = 0; m < mixtures.size(); m++) {
      Mixture mixture = mixtures.get(m);
      for (int i = 0; i < mixture.weights.length; i++) {
        parts.add(
            new double[] {
              shares.get(m) * mixture.weights[i], mixture.means[i], mixture.deviations[i]
            });
      }
    }
    return of(parts);
  }

  /// Makes a distribution of `{weight, mean, deviation}` parts; parts as good as equal are pooled.
  private static Mixture of(List<double[]> parts) {
    double total = 0;
    Map<Long, double[]> pooled = new LinkedHashMap<>();
    for (double[] part : parts) {
      total += part[0];
      long place = Math.round(part[1] / MEAN_STEP) << 20 | Math.round(400 - 40 * Math.log(part[2]));
      double[] sum = pooled.computeIfAbsent(place, _ -> new double[3]);
      sum[0] += part[0];
      sum[1] += part[0] * part[1];
      sum[2] += part[0] * part[2];
    }
    double[][] sums = pooled.values().toArray(new double[0][]);
    double[] weights = new double[sums.length];
    double[] means = new double[sums.length];
    double[] deviations = new double[sums.length];
    for (int i = 0; i < sums.length; i++) {
      weights[i] = sums[i][0] / total;
      means[i] = sums[i][1] / sums[i][0];
      deviations[i] = sums[i][2] / sums[i][0];
    }
    return new Mixture(weights, means, deviations);
  }

  /// Log density at `y`, bounded below so that one surprise cannot rule a form out for ever.
  double logDensity(double y) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double z = (y - means[i]) / deviations[i];
      sum += weights[i] * Math.exp(-0.5 * z * z) / deviations[i];
    }
    return Math.log(Math.max(1e-12, sum / Math.sqrt(2 * Math.PI)));
  }

  /// Mean of log loss.
  double mean() {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * means[i];
    }
    return sum;
  }

  /// Variance of log loss.
  double variance() {
    double mean = mean();
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double off = means[i] - mean;
      sum += weights[i] * (deviations[i] * deviations[i] + off * off);
    }
    return sum;
  }

  /// The log loss below which a share `probability` lies.
  double quantile(double probability) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < weights.length; i++) {
      low = Math.min(low, means[i] - 6 * deviations[i]);
      high = Math.max(high, means[i] + 6 * deviations[i]);
    }
    for (int i = 0; i < 60 && high - low > 1e-9; i++) {
      double middle = (low + high) / 2;
      if (cumulative(middle) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  private double cumulative(double y) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * 0.5 * Erf.erfc((means[i] - y) / (deviations[i] * Math.sqrt(2)));
    }
    return sum;
  }
}

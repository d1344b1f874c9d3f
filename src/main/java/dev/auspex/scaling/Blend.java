package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hipparchus.special.Erf;

/// Forecasts of several forms, averaged by how well each back-tested, with an interval.
///
/// A form weighs as the inverse of its mean squared back-test error, half its own on this quantity
/// and half its average over all quantities of the table, so that one lucky back-test does not
/// decide. Half the interval is noise of one run and disagreement of the forms, stretched by as
/// much as back-tests missed by more.
final class Blend {
  private static final double FINEST = 0.005;
  private static final double PRIOR_TESTS = 4;
  private static final double UNTESTED = 1.5;

  /// A held-out run forecast from smaller ones.
  ///
  /// @param run its name
  /// @param share weight of this test; those of one cut sum to one
  /// @param distance log of its compute over that of the largest of the smaller runs, at least 0
  /// @param actual what came
  /// @param last what the largest of the smaller runs reached
  /// @param byForm what each form said
  record Test(
      String run,
      double share,
      double distance,
      double actual,
      double last,
      Map<String, Double> byForm) {}

  private final List<Test> tests;
  private final double noise;
  private final Map<String, Double> weights;
  private final double stretch;

  /// @param tests back-tests
  /// @param noise standard deviation of one run
  /// @param weights share of each form, summing to one
  /// @param stretch factor on the half-width
  private Blend(List<Test> tests, double noise, Map<String, Double> weights, double stretch) {
    this.tests = tests;
    this.noise = noise;
    this.weights = weights;
    this.stretch = stretch;
  }

  /// Mean squared error of each form over `tests`; forms never tested are missing.
  static Map<String, Double> squaredErrors(List<Test> tests) {
    Map<String, Double> sums = new LinkedHashMap<>();
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Test test : tests) {
      test.byForm()
          .forEach(
              (form, said) -> {
                double off = said - test.actual();
                sums.merge(form, test.share() * off * off, Double::sum);
                shares.merge(form, test.share(), Double::sum);
              });
    }
    sums.replaceAll((form, sum) -> sum / shares.get(form));
    return sums;
  }

  /// The mean over tables of each form's squared error.
  static Map<String, Double> pooled(List<Map<String, Double>> errors) {
    Map<String, Double> sums = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Map<String, Double> one : errors) {
      one.forEach(
          (form, error) -> {
            sums.merge(form, error, Double::sum);
            counts.merge(form, 1, Integer::sum);
          });
    }
    sums.replaceAll((form, sum) -> sum / counts.get(form));
    return sums;
  }

  /// Weighs `forms`.
  ///
  /// @param forms those that can speak about the targets
  /// @param tests their back-tests
  /// @param pooled squared errors averaged over all quantities of the table
  /// @param noise standard deviation of one run
  static Blend of(
      Iterable<String> forms, List<Test> tests, Map<String, Double> pooled, double noise) {
    Map<String, Double> own = squaredErrors(tests);
    double average =
        own.values().stream().mapToDouble(Double::doubleValue).average().orElse(FINEST * FINEST);
    Map<String, Double> weights = new LinkedHashMap<>();
    double total = 0;
    for (String form : forms) {
      double error = own.getOrDefault(form, average);
      double weight = 1 / ((error + pooled.getOrDefault(form, error)) / 2 + FINEST * FINEST);
      weights.put(form, weight);
      total += weight;
    }
    double sum = total;
    weights.replaceAll((form, weight) -> weight / sum);
    Blend plain = new Blend(tests, noise, weights, 1);
    return new Blend(tests, noise, weights, plain.missedBy());
  }

  /// By how much the blend's back-tests missed more than it said.
  private double missedBy() {
    if (tests.isEmpty()) {
      return UNTESTED;
    }
    double squares = PRIOR_TESTS;
    double count = PRIOR_TESTS;
    for (Test test : tests) {
      double off = mean(test.byForm()) - test.actual();
      squares += test.share() * off * off / variance(test.byForm());
      count += test.share();
    }
    return Math.max(1, Math.sqrt(squares / count));
  }

  Map<String, Double> weights() {
    return weights;
  }

  /// By how much misses of the back-tests widen the interval.
  double stretch() {
    return stretch;
  }

  /// The form that weighs most.
  String heaviest() {
    return weights.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  List<Test> tests() {
    return tests;
  }

  /// Root mean square back-test error; 0 where there were no tests.
  double backtestError() {
    double squares = 0;
    double shares = 0;
    for (Test test : tests) {
      double off = mean(test.byForm()) - test.actual();
      squares += test.share() * off * off;
      shares += test.share();
    }
    return shares > 0 ? Math.sqrt(squares / shares) : 0;
  }

  /// Mean absolute back-test error of one form; 0 where it was never tested.
  double absoluteError(String form) {
    double sum = 0;
    double shares = 0;
    for (Test test : tests) {
      Double said = test.byForm().get(form);
      if (said != null) {
        sum += test.share() * Math.abs(said - test.actual());
        shares += test.share();
      }
    }
    return shares > 0 ? sum / shares : 0;
  }

  /// Forecast skill: 1 less the squared error over that of "it stays as in the largest run".
  double skill() {
    double naive = 0;
    double shares = 0;
    for (Test test : tests) {
      naive += test.share() * (test.last() - test.actual()) * (test.last() - test.actual());
      shares += test.share();
    }
    double error = backtestError();
    return naive > 0 ? Math.max(0, 1 - error * error * shares / naive) : 0;
  }

  /// The mean of `byForm`, and its interval of probability `level`.
  ///
  /// @param distance log of the target's compute over that of the largest run
  Interval interval(Map<String, Double> byForm, double level, double distance) {
    double mean = mean(byForm);
    double error = backtestError();
    double walked = error * error * Math.max(1, distance / Math.max(1e-9, testDistance()));
    double variance = Math.max(stretch * stretch * variance(byForm), walked);
    double half = Math.sqrt(2) * Erf.erfInv(level) * Math.sqrt(Math.max(1e-12, variance));
    return new Interval(mean, mean - half, mean + half);
  }

  /// How far back-tests reached, on average.
  private double testDistance() {
    double sum = 0;
    double shares = 0;
    for (Test test : tests) {
      sum += test.share() * test.distance();
      shares += test.share();
    }
    return shares > 0 ? sum / shares : Double.POSITIVE_INFINITY;
  }

  private double mean(Map<String, Double> byForm) {
    double sum = 0;
    double shares = 0;
    for (Map.Entry<String, Double> said : byForm.entrySet()) {
      double weight = weights.getOrDefault(said.getKey(), 0.0);
      sum += weight * said.getValue();
      shares += weight;
    }
    return sum / shares;
  }

  private double variance(Map<String, Double> byForm) {
    double mean = mean(byForm);
    double sum = 0;
    double shares = 0;
    for (Map.Entry<String, Double> said : byForm.entrySet()) {
      double weight = weights.getOrDefault(said.getKey(), 0.0);
      double off = said.getValue() - mean;
      sum += weight * off * off;
      shares += weight;
    }
    return noise * noise + sum / shares;
  }

  /// Weights as a list of names, heaviest first.
  List<String> byWeight() {
    List<String> names = new ArrayList<>(weights.keySet());
    names.sort((a, b) -> Double.compare(weights.get(b), weights.get(a)));
    return names;
  }
}

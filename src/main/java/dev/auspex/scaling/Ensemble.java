package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All forms of law that suit a ladder, weighted by fit and by back-test.
///
/// A form's weight is its prior times the geometric mean of two things: the evidence of all runs
/// under it, and how well it forecast larger runs from smaller ones. Where the blend's back-tests
/// missed by more than it said, every interval is stretched to match. Back-test errors are measured
/// in predicted standard deviations, which grow with distance in log compute, so a miss at 3x is
/// carried over to 30x in proportion.
final class Ensemble {
  private static final double PRIOR_TESTS = 4;
  private static final double UNTESTED = 1.5;
  private static final double APART = 1.2;
  private static final int MOST_CUTS = 8;

  /// Members of one form and the share it has in the blend.
  record Voice(LawFamily family, double weight) {}

  /// A forecast of run `run` from the `numRuns` smallest, by each form.
  record Test(int numRuns, Observation run, double share, Map<String, Mixture> byForm) {}

  private final List<Observation> runs;
  private final NoisePrior noise;
  private final Assumptions assumptions;
  private final List<Voice> voices;
  private final List<Test> tests;
  private final double stretch;

  private Ensemble(List<Observation> runs, Assumptions assumptions, Target target) {
    this.runs = Runs.sorted(runs);
    this.assumptions = assumptions;
    this.noise = NoisePrior.of(this.runs, assumptions.seedNoise());
    List<LawFamily> families = offered(this.runs, assumptions, target);
    this.tests = backtest(families);
    this.voices = weigh(families);
    this.stretch = calibrate();
  }

  /// Weighs every form that `runs` can support and that can speak about `target`.
  static Ensemble of(List<Observation> runs, Assumptions assumptions, Target target) {
    if (Runs.numLevels(runs) < 3) {
      throw new ScalingException(
          "ladder (%d runs, %d different amounts of compute) must hold at least 3 amounts; add runs"
              .formatted(runs.size(), Runs.numLevels(runs)));
    }
    if (BentFamily.law(runs, 0).slope() >= 0) {
      throw new ScalingException(
          ("ladder (%d runs) must show a loss that falls with compute; check the columns and that"
                  + " every run is finished")
              .formatted(runs.size()));
    }
    return new Ensemble(runs, assumptions, target);
  }

  List<Voice> voices() {
    return voices;
  }

  List<Test> tests() {
    return tests;
  }

  List<Observation> runs() {
    return runs;
  }

  NoisePrior noise() {
    return noise;
  }

  double stretch() {
    return stretch;
  }

  Assumptions assumptions() {
    return assumptions;
  }

  /// Whether runs differ in tokens a parameter, so that compute alone does not order them.
  boolean mixedShapes() {
    return voices.stream().anyMatch(voice -> voice.family() instanceof ChinchillaFamily);
  }

  /// Forecast at `target` with an interval of `level`.
  Interval interval(Target target, double level) {
    return Interval.of(blend(runs, target), level, stretch);
  }

  /// Forecast at `target` by one form.
  Interval interval(LawFamily family, Target target, double level) {
    return Interval.of(speak(family, runs, target).mixture(), level, stretch);
  }

  /// Median forecast at `target` had run number `left` not been there, weights as they are.
  double predictedWithout(int left, Target target) {
    List<Observation> rest = new ArrayList<>(runs);
    rest.remove(left);
    return Math.exp(blend(rest, target).quantile(0.5));
  }

  /// The blend of a test's forms, by their final weights.
  Mixture blend(Test test) {
    List<Mixture> mixtures = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (Voice voice : voices) {
      mixtures.add(test.byForm().get(voice.family().form()));
      shares.add(voice.weight());
    }
    return Mixture.blend(mixtures, shares);
  }

  private Mixture blend(List<Observation> from, Target target) {
    List<Mixture> mixtures = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (Voice voice : voices) {
      mixtures.add(speak(voice.family(), from, target).mixture());
      shares.add(voice.weight());
    }
    return Mixture.blend(mixtures, shares);
  }

  private Mixture.Posterior speak(LawFamily family, List<Observation> from, Target target) {
    return speak(family, family.members(from, target), from, target);
  }

  private Mixture.Posterior speak(
      LawFamily family, List<Member> members, List<Observation> from, Target target) {
    double distance = Math.max(0, Math.log(target.flops() / Runs.largestFlops(from)));
    double drift = assumptions.drift() * assumptions.drift() * distance * distance * distance / 3;
    if (members.isEmpty()) {
      throw new ScalingException(
          ("ladder (%d runs up to %.3g FLOPs) must show a loss that falls with compute for the form"
                  + " %s; check the columns and that every run is finished")
              .formatted(from.size(), Runs.largestFlops(from), family.form()));
    }
    return Mixture.posterior(members, from.size(), noise, drift);
  }

  private static List<LawFamily> offered(
      List<Observation> runs, Assumptions assumptions, Target target) {
    List<LawFamily> all = new ArrayList<>();
    all.add(new PowerFamily());
    all.add(new LogLinearFamily());
    all.add(new BentFamily(assumptions.bendMean(), assumptions.bendDeviation()));
    assumptions
        .slopeBeyond()
        .ifPresent(slope -> all.add(new KinkedFamily(slope, Runs.largestFlops(runs))));
    assumptions.asymptote().ifPresent(c -> all.add(new FixedFamily(c)));
    all.add(new ChinchillaFamily());
    List<Reference> references = assumptions.references();
    if (!references.isEmpty()) {
      requireCovered(references, runs, target);
      all.add(new ReferenceFamily(references));
    }
    List<LawFamily> offered = new ArrayList<>();
    for (LawFamily family : all) {
      if (runs.size() >= family.minRuns()
          && family.suits(runs)
          && !family.members(runs, target).isEmpty()) {
        offered.add(family);
      }
    }
    return offered;
  }

  private static void requireCovered(
      List<Reference> references, List<Observation> runs, Target target) {
    for (Reference reference : references) {
      double low = Runs.smallestFlops(runs);
      if (!reference.covers(low) || !reference.covers(target.flops())) {
        throw new ScalingException(
            "reference (%s) must hold runs from about %.2g to %.2g FLOPs, as ladder and target do; it has %.2g to %.2g"
                .formatted(
                    reference.name(),
                    low,
                    target.flops(),
                    reference.flops().getFirst(),
                    reference.flops().getLast()));
      }
    }
  }

  private List<Test> backtest(List<LawFamily> families) {
    int fewest = families.stream().mapToInt(LawFamily::minBacktestRuns).max().orElseThrow();
    List<Integer> cuts = new ArrayList<>();
    for (int numRuns = fewest; numRuns < runs.size(); numRuns++) {
      List<Observation> smaller = runs.subList(0, numRuns);
      double next = runs.get(numRuns).flops();
      if (Runs.numLevels(smaller) >= 3 && next >= Runs.largestFlops(smaller) * APART) {
        cuts.add(numRuns);
      }
    }
    List<Test> made = new ArrayList<>();
    int stride = Math.ceilDiv(Math.max(1, cuts.size()), MOST_CUTS);
    for (int i = cuts.size() - 1; i >= 0; i -= stride) {
      addTests(made, families, cuts.get(i));
    }
    return made.reversed();
  }

  private void addTests(List<Test> made, List<LawFamily> families, int numRuns) {
    List<Observation> larger = runs.subList(numRuns, runs.size());
    for (Observation run : larger.reversed()) {
      Map<String, Mixture> byForm = forecasts(families, runs.subList(0, numRuns), run);
      if (byForm.size() == families.size()) {
        made.add(new Test(numRuns, run, 1.0 / larger.size(), byForm));
      }
    }
  }

  private Map<String, Mixture> forecasts(
      List<LawFamily> families, List<Observation> smaller, Observation run) {
    Map<String, Mixture> byForm = new LinkedHashMap<>();
    for (LawFamily family : families) {
      if (family.suits(smaller)) {
        List<Member> members = family.members(smaller, run.point());
        if (!members.isEmpty()) {
          byForm.put(family.form(), speak(family, members, smaller, run.point()).mixture());
        }
      }
    }
    return byForm;
  }

  private List<Voice> weigh(List<LawFamily> families) {
    double[] scores = new double[families.size()];
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      LawFamily family = families.get(i);
      double backtest = 0;
      for (Test test : tests) {
        Mixture forecast = test.byForm().get(family.form());
        backtest += test.share() * forecast.logDensity(Math.log(test.run().loss()));
      }
      double evidence = speak(family, runs, runs.getLast().point()).logEvidence();
      scores[i] = assumptions.logWeight(family.form()) + 0.5 * evidence + 0.5 * backtest;
      most = Math.max(most, scores[i]);
    }
    double total = 0;
    for (double score : scores) {
      total += Math.exp(score - most);
    }
    List<Voice> weighed = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      weighed.add(new Voice(families.get(i), Math.exp(scores[i] - most) / total));
    }
    return weighed;
  }

  private double calibrate() {
    if (!assumptions.stretch()) {
      return 1;
    }
    if (tests.isEmpty()) {
      return UNTESTED;
    }
    double squares = 0;
    double count = 0;
    for (Test test : tests) {
      Mixture blend = blend(test);
      double error = Math.log(test.run().loss()) - blend.mean();
      squares += test.share() * error * error / blend.variance();
      count += test.share();
    }
    return Math.max(1, Math.sqrt((PRIOR_TESTS + squares) / (PRIOR_TESTS + count)));
  }
}

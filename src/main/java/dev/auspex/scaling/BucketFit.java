package dev.auspex.scaling;

import dev.auspex.scaling.CapabilityForecaster.Cut;
import dev.auspex.scaling.CapabilityForecaster.Graded;
import dev.auspex.scaling.PassForm.Line;
import dev.auspex.scaling.PassForm.Point;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.hipparchus.special.Erf;

/// The forecast of one bucket.
///
/// Its interval has four parts: the forms' disagreement, weighed as the forms are; the noise of
/// seeds, of this bucket's own problems, and of the loss forecast, all by resampling (a bootstrap
/// that draws problems anew with replacement, moves every run by its seed noise, and fits again);
/// and at least what back-tests missed by, in proportion to the distance in log compute.
final class BucketFit {
  private static final int RESAMPLES = 200;
  private static final double CERTAIN = 2;
  private static final String BLEND = "blend";

  private final CapabilityConfig config;
  private final List<Graded> runs;
  private final List<Integer> problems;
  private final NoisePrior noise;
  private final List<Blend.Test> tests = new ArrayList<>();

  /// @param runs to fit
  /// @param problems indices of the bucket's problems
  /// @param cuts back-tests
  BucketFit(CapabilityConfig config, List<Graded> runs, List<Integer> problems, List<Cut> cuts) {
    this.config = config;
    this.runs = runs;
    this.problems = problems;
    this.noise =
        NoisePrior.of(
            runs.stream().map(graded -> graded.run().withLoss(graded.cost(problems))).toList(),
            config.seedNoise());
    cuts.forEach(this::backtest);
  }

  List<Integer> problems() {
    return problems;
  }

  /// What each form, fitted to smaller runs, said of larger ones; in log cost.
  List<Blend.Test> tests() {
    return tests;
  }

  private void backtest(Cut cut) {
    List<Point> smaller = points(cut.smaller(), problems);
    Graded last = largest(cut.smaller());
    for (Graded run : cut.larger()) {
      Map<String, Double> said = said(smaller, run.run().point(), cut.losses());
      if (!said.isEmpty()) {
        tests.add(
            new Blend.Test(
                run.run().name(),
                1.0 / cut.larger().size(),
                distance(run.run().flops(), last),
                Math.log(run.cost(problems)),
                Math.log(last.cost(problems)),
                said));
      }
    }
  }

  private static Graded largest(List<Graded> runs) {
    return runs.stream()
        .max((a, b) -> Double.compare(a.run().flops(), b.run().flops()))
        .orElseThrow();
  }

  /// The square of log compute beyond the largest run, since misses of a form grow with its first
  /// power and {@link Blend} takes variances to be proportional to distance.
  private static double distance(double flops, Graded largest) {
    double log = Math.max(0, Math.log(flops / largest.run().flops()));
    return log * log;
  }

  private static List<Point> points(List<Graded> runs, List<Integer> problems) {
    return runs.stream()
        .map(run -> new Point(run.run().flops(), run.run().loss(), run.cost(problems)))
        .toList();
  }

  /// Lines that fall with compute.
  private static List<Line> lines(List<Point> points, boolean withLoss) {
    List<Line> lines = new ArrayList<>();
    for (PassForm form : PassForm.values()) {
      if (withLoss || !form.throughLoss()) {
        Line line = form.fit(points);
        if (line.falls()) {
          lines.add(line);
        }
      }
    }
    return lines;
  }

  private static Map<String, Double> said(List<Point> points, Target at, LossOutlook losses) {
    Optional<Interval> loss = losses.at(at);
    List<Line> lines = lines(points, loss.isPresent());
    return said(lines, at.flops(), loss.map(Interval::predicted).orElse(Double.NaN));
  }

  private static Map<String, Double> said(List<Line> lines, double flops, double loss) {
    Map<String, Double> said = new LinkedHashMap<>();
    lines.forEach(line -> said.put(line.form().form(), Math.log(line.cost(flops, loss))));
    return said;
  }

  /// Why this bucket cannot be forecast: its cost does not fall by more than twice the noise of
  /// seeds and problems between the smallest and the largest compute.
  Optional<String> reasonAgainst() {
    double fall = fall(problems, runs.stream().map(_ -> 0.0).toList());
    RandomGenerator random = new SplittableRandom(config.seed());
    double squares = 0;
    for (int i = 0; i < RESAMPLES; i++) {
      double off = fall(resample(random), jitter(random)) - fall;
      squares += off * off / RESAMPLES;
    }
    double error = Math.sqrt(squares);
    return fall > CERTAIN * error
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "over the ladder its cost falls by %.1f%% ± %.1f%%, which is not certain to be a fall;"
                    + " larger runs, more seeds or more problems may show one",
                100 * -Math.expm1(-fall),
                100 * error));
  }

  /// Log cost at the smallest less that at the largest compute, replicates averaged.
  private double fall(List<Integer> of, List<Double> moves) {
    double most = largest(runs).run().flops();
    double least = runs.stream().mapToDouble(run -> run.run().flops()).min().orElseThrow();
    return mean(of, moves, least) - mean(of, moves, most);
  }

  private double mean(List<Integer> of, List<Double> moves, double flops) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < runs.size(); i++) {
      if (runs.get(i).run().flops() == flops) {
        sum += Math.log(runs.get(i).cost(of)) + moves.get(i);
        count++;
      }
    }
    return sum / count;
  }

  private List<Integer> resample(RandomGenerator random) {
    return problems.stream().map(_ -> problems.get(random.nextInt(problems.size()))).toList();
  }

  private List<Double> jitter(RandomGenerator random) {
    return runs.stream().map(_ -> noise.centre() * random.nextGaussian()).toList();
  }

  /// Forecasts the bucket.
  ///
  /// @param losses what these runs say of the target's loss
  /// @param pooled squared back-test errors of each form, averaged over buckets
  /// @param warnings what a reader must know of all buckets
  Forecast forecast(
      Target target, LossOutlook losses, Map<String, Double> pooled, List<String> warnings) {
    List<Point> points = points(runs, problems);
    Optional<Interval> loss = losses.at(target);
    List<Line> lines = lines(points, loss.isPresent());
    Map<String, Double> said = said(points, target, losses);
    Blend plain = Blend.of(said.keySet(), tests, pooled, noise.centre());
    Map<String, Double> spreads = spreads(target, loss, said, plain);
    double spread = Math.hypot(noise.centre(), spreads.get(BLEND));
    Blend blend = Blend.of(said.keySet(), tests, pooled, spread);
    double distance = distance(target.flops(), largest(runs));
    Interval interval = exp(blend.interval(said, config.level(), distance));
    return new Forecast(
        interval.predicted(),
        interval.low(),
        interval.high(),
        config.level(),
        target,
        target.flops() / largest(runs).run().flops(),
        laws(lines, said, blend, spreads),
        backtests(blend),
        diagnostics(lines, blend, target, losses, warnings),
        List.of(),
        Runs.sorted(observations()),
        Assumptions.named(config.assumeLoss()));
  }

  private List<Observation> observations() {
    return runs.stream().map(graded -> graded.run().withLoss(graded.cost(problems))).toList();
  }

  private static Interval exp(Interval log) {
    return new Interval(Math.exp(log.predicted()), Math.exp(log.low()), Math.exp(log.high()));
  }

  /// Standard deviation of each form's and of the blend's log cost at the target, by resampling.
  private Map<String, Double> spreads(
      Target target, Optional<Interval> loss, Map<String, Double> said, Blend blend) {
    Map<String, Double> squares = new LinkedHashMap<>();
    double middle = middle(blend, said);
    RandomGenerator random = new SplittableRandom(config.seed());
    for (int i = 0; i < RESAMPLES; i++) {
      List<Integer> drawn = resample(random);
      List<Double> moves = jitter(random);
      List<Point> points = new ArrayList<>();
      for (int j = 0; j < runs.size(); j++) {
        Observation run = runs.get(j).run();
        double cost = runs.get(j).cost(drawn) * Math.exp(moves.get(j));
        points.add(new Point(run.flops(), run.loss(), cost));
      }
      double targetLoss = loss.map(it -> drawn(it, random)).orElse(Double.NaN);
      Map<String, Double> again = said(lines(points, loss.isPresent()), target.flops(), targetLoss);
      again.keySet().retainAll(said.keySet());
      again.forEach(
          (form, value) -> squares.merge(form, square(value - said.get(form)), Double::sum));
      if (!again.isEmpty()) {
        squares.merge(BLEND, square(middle(blend, again) - middle), Double::sum);
      }
    }
    squares.replaceAll((_, sum) -> Math.sqrt(sum / RESAMPLES));
    return squares;
  }

  private static double square(double x) {
    return x * x;
  }

  private double middle(Blend blend, Map<String, Double> said) {
    return blend.interval(said, config.level(), 0).predicted();
  }

  /// A draw from a distribution of log loss that has this interval.
  private double drawn(Interval loss, RandomGenerator random) {
    double z = random.nextGaussian();
    double end = z < 0 ? loss.low() : loss.high();
    return loss.predicted() * Math.exp(Math.abs(z) * Math.log(end / loss.predicted()) / normal());
  }

  /// How many standard deviations the interval reaches to either side.
  private double normal() {
    return Math.sqrt(2) * Erf.erfInv(config.level());
  }

  private List<Forecast.Law> laws(
      List<Line> lines, Map<String, Double> said, Blend blend, Map<String, Double> spreads) {
    List<Forecast.Law> laws = new ArrayList<>();
    for (Line line : lines) {
      String form = line.form().form();
      double own = said.get(form);
      double half = normal() * Math.hypot(noise.centre(), spreads.getOrDefault(form, 0.0));
      laws.add(
          new Forecast.Law(
              form,
              Numbers.ordered("intercept", line.intercept(), "slope", line.slope()),
              Math.exp(own),
              Math.exp(own - half),
              Math.exp(own + half),
              blend.weights().getOrDefault(form, 0.0),
              line.residual(),
              blend.absoluteError(form)));
    }
    laws.sort((a, b) -> Double.compare(b.weight(), a.weight()));
    return laws;
  }

  private List<Forecast.Backtest> backtests(Blend blend) {
    List<Forecast.Backtest> rows = new ArrayList<>();
    for (Blend.Test test : tests) {
      Interval interval = exp(blend.interval(test.byForm(), config.level(), test.distance()));
      double actual = Math.exp(test.actual());
      Map<String, Double> byForm = new LinkedHashMap<>(test.byForm());
      byForm.replaceAll((_, log) -> Math.exp(log));
      Graded run = named(test.run());
      double ratio = Math.exp(Math.sqrt(test.distance()));
      double limit = run.run().flops() / ratio * 1.001;
      rows.add(
          new Forecast.Backtest(
              (int) runs.stream().filter(other -> other.run().flops() <= limit).count(),
              test.run(),
              ratio,
              interval.predicted(),
              interval.low(),
              interval.high(),
              actual,
              interval.predicted() / actual - 1,
              interval.contains(actual),
              byForm));
    }
    return rows;
  }

  private Graded named(String run) {
    return runs.stream().filter(it -> it.run().name().equals(run)).findFirst().orElseThrow();
  }

  private Forecast.Diagnostics diagnostics(
      List<Line> lines, Blend blend, Target target, LossOutlook losses, List<String> shared) {
    List<String> warnings = new ArrayList<>(shared);
    long capped = capped();
    if (capped > 0) {
      warnings.add(
          "%d of its problems were cut off at max_draws in a run that is fitted: costs there are lower"
                  .formatted(capped)
              + " bounds");
    }
    if (tests.isEmpty()) {
      warnings.add("no back-test was possible: four amounts of compute or more allow one");
    }
    return new Forecast.Diagnostics(
        runDiagnostics(lines, blend, target, losses),
        Diagnosis.localSlopes(Runs.sorted(observations())),
        List.of(),
        noise.centre(),
        noise.replicates(),
        blend.stretch(),
        warnings);
  }

  private List<Forecast.RunDiagnostic> runDiagnostics(
      List<Line> lines, Blend blend, Target target, LossOutlook losses) {
    Line heaviest =
        lines.stream()
            .filter(line -> line.form().form().equals(blend.heaviest()))
            .findFirst()
            .orElseThrow();
    double all = middle(blend, said(points(runs, problems), target, losses));
    List<Forecast.RunDiagnostic> rows = new ArrayList<>();
    for (Graded run : runs) {
      Observation at = run.run();
      List<Graded> rest = runs.stream().filter(other -> other != run).toList();
      Map<String, Double> without = said(points(rest, problems), target, losses);
      without.keySet().retainAll(blend.weights().keySet());
      rows.add(
          new Forecast.RunDiagnostic(
              at.name(),
              run.cost(problems) / heaviest.cost(at.flops(), at.loss()) - 1,
              without.isEmpty() ? 0 : Math.expm1(middle(blend, without) - all)));
    }
    return rows;
  }

  private long capped() {
    return problems.stream()
        .filter(problem -> runs.stream().anyMatch(run -> run.capped().contains(problem)))
        .count();
  }
}

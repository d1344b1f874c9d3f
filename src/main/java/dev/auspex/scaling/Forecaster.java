package dev.auspex.scaling;

import dev.auspex.scaling.Forecast.Backtest;
import dev.auspex.scaling.Forecast.Law;
import dev.auspex.scaling.ScalingLaw.DriftingPowerLaw;
import dev.auspex.scaling.ScalingLaw.PowerLaw;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import org.hipparchus.distribution.continuous.NormalDistribution;

/// Extrapolates a ladder to a target.
///
/// Two forms are fitted: the report's `aC^b + c`, and a power law whose exponent drifts. Each gets
/// a weight by how well it foretells the ladder's own largest runs from the smaller ones. The
/// interval adds up, in `ln L`, the seed noise of the target, what that noise does to each fit (a
/// parametric bootstrap with a fixed seed), and the disagreement between the forms.
public final class Forecaster {
  /// Seed noise assumed where the ladder has no two runs of one size.
  public static final double DEFAULT_NOISE = 0.004;

  /// How far the drift of the exponent is believed to lie from zero, per unit of `ln C`.
  private static final double DRIFT_PRIOR = 0.003;

  private static final int BOOTSTRAPS = 400;
  private static final int MIN_SIZES = 3;

  private final String metric;
  private final double level;

  /// @param metric name of the loss
  /// @param level probability the interval is to hold, such as 0.9
  public Forecaster(String metric, double level) {
    this.metric = metric;
    this.level = level;
  }

  private record Form(String formula, Function<List<Observation>, ScalingLaw> fit) {}

  /// Forecasts the loss at `targetFlops`.
  /// @param ladder finished runs; at least three sizes, all smaller than the target
  public Forecast forecast(List<Observation> ladder, double targetFlops) {
    List<Observation> runs =
        ladder.stream().sorted(Comparator.comparingDouble(Observation::flops)).toList();
    requireLadder(runs, targetFlops);
    double noise = noise(runs);
    List<Form> forms =
        List.of(
            new Form("a*C^b + c", LawFitter::powerLaw),
            new Form(
                "exp(p + q*x + r*x^2), x = ln(C/pivot)",
                some -> LawFitter.drifting(some, noise, DRIFT_PRIOR)));
    List<Law> laws = weighted(forms, runs, targetFlops, noise);
    double center = 0;
    for (Law law : laws) {
      center += law.weight() * Math.log(law.predicted());
    }
    double variance = noise * noise;
    for (int i = 0; i < forms.size(); i++) {
      Law law = laws.get(i);
      double apart = Math.log(law.predicted()) - center;
      double spread = spread(forms.get(i), runs, targetFlops, noise);
      variance += law.weight() * (apart * apart + spread * spread);
    }
    double reach = quantile() * Math.sqrt(variance);
    return new Forecast(
        metric,
        targetFlops,
        targetFlops / runs.getLast().flops(),
        Math.exp(center),
        Math.exp(center - reach),
        Math.exp(center + reach),
        level,
        noise,
        laws,
        warnings(runs));
  }

  private static void requireLadder(List<Observation> runs, double targetFlops) {
    long sizes = runs.stream().mapToDouble(Observation::flops).distinct().count();
    if (sizes < MIN_SIZES) {
      throw new ScalingException(
          "ladder (%d sizes) must have at least %d sizes; add runs".formatted(sizes, MIN_SIZES));
    }
    if (runs.getLast().flops() >= targetFlops) {
      throw new ScalingException(
          "target (%.3g FLOPs) must be larger than the ladder's largest run (%.3g)"
              .formatted(targetFlops, runs.getLast().flops()));
    }
  }

  private double quantile() {
    return new NormalDistribution(0, 1).inverseCumulativeProbability((1 + level) / 2);
  }

  /// Pooled standard deviation of `ln L` among runs of one size, or the default.
  static double noise(List<Observation> runs) {
    Map<Double, List<Double>> bySize = new TreeMap<>();
    runs.forEach(
        run ->
            bySize
                .computeIfAbsent(run.flops(), _ -> new ArrayList<>())
                .add(Math.log(run.loss())));
    double squares = 0;
    int freedom = 0;
    for (List<Double> logs : bySize.values()) {
      double mean = logs.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      squares += logs.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
      freedom += logs.size() - 1;
    }
    // The default counts as four observations, so that one lucky pair does not promise too much.
    double prior = 4 * DEFAULT_NOISE * DEFAULT_NOISE;
    return Math.sqrt((squares + prior) / (freedom + 4));
  }

  private static List<Law> weighted(
      List<Form> forms, List<Observation> runs, double targetFlops, double noise) {
    List<Law> laws = new ArrayList<>();
    double total = 0;
    for (Form form : forms) {
      List<Backtest> backtest = backtest(form, runs);
      double squared = noise * noise;
      for (Backtest test : backtest) {
        squared += test.relativeError() * test.relativeError() / backtest.size();
      }
      ScalingLaw law = form.fit().apply(runs);
      laws.add(
          new Law(form.formula(), parameters(law), law.at(targetFlops), 1 / squared, backtest));
      total += 1 / squared;
    }
    double sum = total;
    return laws.stream()
        .map(
            law ->
                new Law(
                    law.form(),
                    law.parameters(),
                    law.predicted(),
                    law.weight() / sum,
                    law.backtest()))
        .toList();
  }

  /// Leaves out the largest size, then the two largest, as long as three sizes remain.
  private static List<Backtest> backtest(Form form, List<Observation> runs) {
    List<Double> sizes =
        runs.stream().map(Observation::flops).distinct().sorted(Comparator.reverseOrder()).toList();
    List<Backtest> tests = new ArrayList<>();
    for (int out = 1; sizes.size() - out >= MIN_SIZES && out <= 2; out++) {
      double limit = sizes.get(out);
      List<Observation> smaller = runs.stream().filter(run -> run.flops() <= limit).toList();
      ScalingLaw law = form.fit().apply(smaller);
      for (Observation run : runs) {
        if (run.flops() > limit) {
          double predicted = law.at(run.flops());
          tests.add(
              new Backtest(
                  run.name(),
                  run.flops() / limit,
                  predicted,
                  run.loss(),
                  predicted / run.loss() - 1));
        }
      }
    }
    return tests;
  }

  /// Standard deviation of `ln` of the prediction when the ladder's losses are drawn again.
  private static double spread(
      Form form, List<Observation> runs, double targetFlops, double noise) {
    ScalingLaw fitted = form.fit().apply(runs);
    SplittableRandom random = new SplittableRandom(0);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < BOOTSTRAPS; i++) {
      List<Observation> drawn = new ArrayList<>();
      for (Observation run : runs) {
        double loss = fitted.at(run.flops()) * Math.exp(noise * random.nextGaussian());
        drawn.add(
            new Observation(
                run.name(), run.flops(), run.parameters(), run.tokens(), loss, run.seed()));
      }
      double log = Math.log(form.fit().apply(drawn).at(targetFlops));
      sum += log;
      squares += log * log;
    }
    double mean = sum / BOOTSTRAPS;
    return Math.sqrt(Math.max(0, squares / BOOTSTRAPS - mean * mean));
  }

  private static Map<String, Double> parameters(ScalingLaw law) {
    Map<String, Double> values = new LinkedHashMap<>();
    switch (law) {
      case PowerLaw(double a, double b, double c) -> {
        values.put("a", a);
        values.put("b", b);
        values.put("c", c);
      }
      case DriftingPowerLaw(double p, double q, double r, double pivot) -> {
        values.put("p", p);
        values.put("q", q);
        values.put("r", r);
        values.put("pivot", pivot);
      }
    }
    return values;
  }

  /// Local slopes that grow say that the runs are not yet where a plain power law holds.
  private static List<String> warnings(List<Observation> runs) {
    Observation small = runs.getFirst();
    Observation large = runs.getLast();
    double middle = Math.sqrt(small.flops() * large.flops());
    ScalingLaw law = LawFitter.drifting(runs, noise(runs), 1);
    double early = -Math.log(law.at(middle) / law.at(small.flops())) / Math.log(middle / small.flops());
    double late = -Math.log(law.at(large.flops()) / law.at(middle)) / Math.log(large.flops() / middle);
    if (late > early * 1.05) {
      return List.of(
          String.format(
              Locale.ROOT,
              "the log-log slope still steepens over the ladder (%.3f to %.3f): the runs are below"
                  + " the regime where a*C^b + c holds, trust the interval, not the form",
              early,
              late));
    }
    return List.of();
  }
}

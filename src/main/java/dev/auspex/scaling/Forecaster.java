package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Forecasts a run from a ladder of smaller ones. Reads and writes no files.
///
/// Each form of law is averaged over all its members that could have made the runs (fit
/// uncertainty) and over noise levels (seed noise); the forms are blended by evidence and back-test
/// (choice of form); a drift term grows with the distance beyond the ladder (what no run has seen).
public final class Forecaster {
  private static final int CURVE_POINTS = 33;

  private final Assumptions assumptions;

  /// @param assumptions what to assume beyond the runs
  public Forecaster(Assumptions assumptions) {
    this.assumptions = assumptions;
  }

  /// Forecasts `target` from finished runs.
  ///
  /// @param ladder finished runs, at least three amounts of compute
  /// @param target the run to forecast
  /// @param level probability of the interval, for instance 0.90
  /// @return the forecast with laws, back-tests and diagnostics
  public Forecast forecast(List<Observation> ladder, Target target, double level) {
    return forecast(Ensemble.of(ladder, assumptions, target), target, level, CURVE_POINTS);
  }

  /// Several targets' intervals, and the last one's forecast without a curve.
  record Several(List<Interval> intervals, Forecast last) {}

  /// Forecasts several targets of one ladder, whose laws are weighed once.
  Several several(List<Observation> ladder, List<Target> targets, double level) {
    requireLevel(level);
    Map<Boolean, Ensemble> ensembles = new HashMap<>();
    List<Interval> intervals = new ArrayList<>();
    Target last = targets.getLast();
    for (Target target : targets) {
      intervals.add(
          ensembles
              .computeIfAbsent(target.sized(), _ -> Ensemble.of(ladder, assumptions, target))
              .interval(target, level));
    }
    Ensemble weighed =
        ensembles.computeIfAbsent(last.sized(), _ -> Ensemble.of(ladder, assumptions, last));
    return new Several(intervals, forecast(weighed, last, level, 0));
  }

  private Forecast forecast(Ensemble ensemble, Target target, double level, int curvePoints) {
    requireLevel(level);
    List<Observation> ladder = ensemble.runs();
    Interval interval = ensemble.interval(target, level);
    List<Forecast.Backtest> backtests = backtests(ensemble, level);
    List<Forecast.Law> laws = laws(ensemble, target, level);
    return new Forecast(
        interval.predicted(),
        interval.low(),
        interval.high(),
        level,
        target,
        target.flops() / Runs.largestFlops(ladder),
        laws,
        backtests,
        new Diagnosis(ensemble, target, interval, backtests).diagnostics(),
        curve(ensemble, target, level, curvePoints),
        ensemble.runs(),
        assumptions);
  }

  private static void requireLevel(double level) {
    if (!(level > 0 && level < 1)) {
      throw new ScalingException("level (%s) must lie between 0 and 1".formatted(level));
    }
  }

  private static List<Forecast.Law> laws(Ensemble ensemble, Target target, double level) {
    List<Forecast.Law> laws = new ArrayList<>();
    for (Ensemble.Voice voice : ensemble.voices()) {
      LawFamily family = voice.family();
      ScalingLaw law = family.fit(ensemble.runs());
      Interval own = ensemble.interval(family, target, level);
      laws.add(
          new Forecast.Law(
              law.form(),
              law.parameters(),
              own.predicted(),
              own.low(),
              own.high(),
              voice.weight(),
              Diagnosis.residual(law, ensemble.runs()),
              backtestError(ensemble, family)));
    }
    laws.sort((a, b) -> Double.compare(b.weight(), a.weight()));
    return laws;
  }

  private static double backtestError(Ensemble ensemble, LawFamily family) {
    double sum = 0;
    for (Ensemble.Test test : ensemble.tests()) {
      double predicted = Math.exp(test.byForm().get(family.form()).quantile(0.5));
      sum += Math.abs(predicted / test.run().loss() - 1) / ensemble.tests().size();
    }
    return sum;
  }

  private static List<Forecast.Backtest> backtests(Ensemble ensemble, double level) {
    List<Forecast.Backtest> rows = new ArrayList<>();
    for (Ensemble.Test test : ensemble.tests()) {
      Interval interval = Interval.of(ensemble.blend(test), level, ensemble.stretch());
      double largest = Runs.largestFlops(ensemble.runs().subList(0, test.numRuns()));
      Map<String, Double> byForm = new LinkedHashMap<>();
      test.byForm().forEach((form, mixture) -> byForm.put(form, Math.exp(mixture.quantile(0.5))));
      double actual = test.run().loss();
      rows.add(
          new Forecast.Backtest(
              test.numRuns(),
              test.run().name(),
              test.run().flops() / largest,
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

  private static List<Forecast.CurvePoint> curve(
      Ensemble ensemble, Target target, double level, int count) {
    if (count == 0) {
      return List.of();
    }
    double first = Math.log(Runs.smallestFlops(ensemble.runs()));
    double last = Math.log(Math.max(target.flops(), Runs.largestFlops(ensemble.runs())) * 1.5);
    List<Forecast.CurvePoint> points = new ArrayList<>();
    for (double logFlops : Numbers.grid(first, last, count)) {
      Interval interval = ensemble.interval(between(ensemble, target, logFlops), level);
      points.add(
          new Forecast.CurvePoint(
              Math.exp(logFlops), interval.predicted(), interval.low(), interval.high()));
    }
    return points;
  }

  /// A run of given compute on the straight line, in logs, from the smallest run to the target.
  private static Target between(Ensemble ensemble, Target target, double logFlops) {
    Observation smallest = ensemble.runs().getFirst();
    if (!smallest.sized() || !target.sized()) {
      return new Target(Math.exp(logFlops), 0, 0);
    }
    double span = Math.log(target.flops() / smallest.flops());
    double share = Math.abs(span) < 1e-9 ? 1 : (logFlops - Math.log(smallest.flops())) / span;
    return new Target(
        Math.exp(logFlops),
        smallest.parameters() * Math.pow(target.parameters() / smallest.parameters(), share),
        smallest.tokens() * Math.pow(target.tokens() / smallest.tokens(), share));
  }
}

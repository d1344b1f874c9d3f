package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Looks a forecast over: residuals, influence, local slopes, and what a reader must be told.
final class Diagnosis {
  private static final double STEEPER = 1.1;
  private static final double FAR = 2.5;

  private final Ensemble ensemble;
  private final Target target;
  private final Interval interval;
  private final List<Forecast.Backtest> backtests;

  Diagnosis(
      Ensemble ensemble, Target target, Interval interval, List<Forecast.Backtest> backtests) {
    this.ensemble = ensemble;
    this.target = target;
    this.interval = interval;
    this.backtests = backtests;
  }

  Forecast.Diagnostics diagnostics() {
    List<Forecast.RunDiagnostic> runs = runs();
    List<Forecast.LocalSlope> slopes = localSlopes(ensemble.runs());
    return new Forecast.Diagnostics(
        runs,
        slopes,
        asymptotes(),
        ensemble.noise().centre(),
        ensemble.noise().replicates(),
        ensemble.stretch(),
        warnings(runs, slopes));
  }

  /// Root mean square of relative residuals.
  static double residual(ScalingLaw law, List<Observation> runs) {
    double squares = 0;
    for (Observation run : runs) {
      double residual = Math.log(run.loss() / law.predict(run.point()));
      squares += residual * residual / runs.size();
    }
    return Math.sqrt(squares);
  }

  /// Slopes between neighbouring amounts of compute, replicates averaged.
  static List<Forecast.LocalSlope> localSlopes(List<Observation> runs) {
    List<double[]> levels = new ArrayList<>();
    double start = 0;
    for (Observation run : runs) {
      if (run.flops() > start * 1.05) {
        start = run.flops();
        levels.add(new double[3]);
      }
      double[] level = levels.getLast();
      level[0] += Math.log(run.flops());
      level[1] += Math.log(run.loss());
      level[2]++;
    }
    List<Forecast.LocalSlope> slopes = new ArrayList<>();
    for (int i = 1; i < levels.size(); i++) {
      double[] a = levels.get(i - 1);
      double[] b = levels.get(i);
      double from = a[0] / a[2];
      double to = b[0] / b[2];
      double slope = (b[1] / b[2] - a[1] / a[2]) / (to - from);
      slopes.add(new Forecast.LocalSlope(Math.exp(from), Math.exp(to), slope));
    }
    return slopes;
  }

  private List<Forecast.RunDiagnostic> runs() {
    LawFamily heaviest =
        ensemble.voices().stream()
            .max(Comparator.comparingDouble(Ensemble.Voice::weight))
            .orElseThrow()
            .family();
    ScalingLaw law = heaviest.fit(ensemble.runs());
    List<Forecast.RunDiagnostic> rows = new ArrayList<>();
    for (int i = 0; i < ensemble.runs().size(); i++) {
      Observation run = ensemble.runs().get(i);
      double influence =
          ensemble.runs().size() < 4
              ? 0
              : ensemble.predictedWithout(i, target) / interval.predicted() - 1;
      rows.add(
          new Forecast.RunDiagnostic(
              run.name(), run.loss() / law.predict(run.point()) - 1, influence));
    }
    return rows;
  }

  private List<Forecast.AsymptoteSensitivity> asymptotes() {
    double lowest = ensemble.runs().stream().mapToDouble(Observation::loss).min().orElseThrow();
    List<Forecast.AsymptoteSensitivity> rows = new ArrayList<>();
    for (double share : new double[] {0, 0.25, 0.5, 0.75}) {
      ScalingLaw law = new FixedFamily(share * lowest).fit(ensemble.runs());
      rows.add(
          new Forecast.AsymptoteSensitivity(
              share * lowest, law.predict(target), residual(law, ensemble.runs())));
    }
    return rows;
  }

  private List<String> warnings(
      List<Forecast.RunDiagnostic> runs, List<Forecast.LocalSlope> slopes) {
    List<String> warnings = new ArrayList<>();
    if (ensemble.assumptions().name().equals(Assumptions.UNMEASURED)) {
      warnings.add(
          "not calibrated for this text and length: how such a curve goes on beyond its ladder was"
              + " measured for others only, and the interval is as wide as their forecasts missed");
    }
    warnAboutRegime(warnings, slopes);
    warnAboutReach(warnings);
    for (Forecast.RunDiagnostic run : runs) {
      if (Math.abs(run.influence()) > 0.75 * interval.relativeHalfWidth()) {
        warnings.add(
            say(
                "run %s alone moves the prediction by %.1f%%; repeat it with another seed",
                run.run(), 100 * Math.abs(run.influence())));
      }
    }
    long missed = backtests.stream().filter(row -> !row.inside()).count();
    if (missed * 4 > backtests.size()) {
      warnings.add(
          say(
              "%d of %d back-tests fell outside their interval; the ladder does not follow one law",
              missed, backtests.size()));
    }
    if (backtests.isEmpty()) {
      warnings.add("no back-test was possible: the choice of form rests on its prior alone");
    }
    return warnings;
  }

  private void warnAboutRegime(List<String> warnings, List<Forecast.LocalSlope> slopes) {
    int half = slopes.size() / 2;
    if (half < 1 || ensemble.mixedShapes()) {
      return;
    }
    double early = weighted(slopes.subList(0, half));
    double late = weighted(slopes.subList(slopes.size() - half, slopes.size()));
    double span = Math.log(slopes.getLast().to() / slopes.getFirst().from()) / 2;
    double noise = 2 * ensemble.noise().centre() / Math.max(span, 0.1);
    if (late < early * STEEPER && early - late > noise) {
      warnings.add(
          say(
              "local slopes steepen from %.3f to %.3f: these runs are not yet where L(C)=aC^b+c"
                  + " holds; the forecast leans on laws that bend, larger runs would narrow it",
              -early, -late));
    }
    if (slopes.stream().anyMatch(slope -> slope.slope() >= 0)) {
      warnings.add("the loss does not fall everywhere with compute: check that runs are finished");
    }
  }

  private void warnAboutReach(List<String> warnings) {
    double span =
        Math.log10(Runs.largestFlops(ensemble.runs()) / Runs.smallestFlops(ensemble.runs()));
    double reach = Math.log10(target.flops() / Runs.largestFlops(ensemble.runs()));
    if (reach > Math.min(FAR, 1.5 * span)) {
      warnings.add(
          say(
              "the target lies %.1f decades of compute beyond a ladder of %.1f decades",
              reach, span));
    }
    if (Runs.numLevels(ensemble.runs()) < 5) {
      warnings.add(
          say(
              "the ladder has %d amounts of compute; five or more let back-tests choose the form",
              Runs.numLevels(ensemble.runs())));
    }
    if (ensemble.noise().replicates() == 0) {
      warnings.add(
          say(
              "no run is repeated with another seed: seed noise is assumed to be %.2f%%",
              100 * ensemble.noise().centre()));
    }
  }

  private static double weighted(List<Forecast.LocalSlope> slopes) {
    double rise = 0;
    double run = 0;
    for (Forecast.LocalSlope slope : slopes) {
      double width = Math.log(slope.to() / slope.from());
      rise += slope.slope() * width;
      run += width;
    }
    return rise / run;
  }

  private static String say(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}

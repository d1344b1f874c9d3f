package dev.auspex.cli;

import dev.auspex.scaling.TableFit;
import dev.auspex.scaling.TableFit.Kind;
import dev.auspex.scaling.TableFit.Prediction;
import dev.auspex.scaling.TaskOutlook;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What `auspex scale fit` found, as tables for a reader.
final class FitTables {
  private static final double HEAVY = 0.1;

  private final TableFit fit;
  private final PrintStream out;

  private FitTables(TableFit fit, PrintStream out) {
    this.fit = fit;
    this.out = out;
  }

  static void print(TableFit fit, PrintStream out) {
    FitTables tables = new FitTables(fit, out);
    tables.laws();
    tables.outlooks();
    Set<String> targets = new LinkedHashSet<>();
    fit.predictions().forEach(p -> targets.add(p.target()));
    targets.forEach(tables::target);
    fit.warnings().forEach(warning -> out.println("note: " + warning));
  }

  private void laws() {
    row("%n%-28s %-24s %7s %9s  %s%n", "metric", "law", "weight", "back-test", "parameters");
    for (TableFit.MetricLaw law : fit.laws()) {
      if (law.weight() >= HEAVY || !law.parameters().isEmpty()) {
        row(
            "%-28s %-24s %7.2f %8.2f%%  %s%n",
            law.metric(),
            law.form(),
            law.weight(),
            100 * law.backtest().meanAbsoluteError(),
            numbers(law));
      }
    }
  }

  private static String numbers(TableFit.MetricLaw law) {
    List<String> parts = new ArrayList<>();
    law.parameters()
        .forEach((name, value) -> parts.add(String.format(Locale.ROOT, "%s=%.4g", name, value)));
    return String.join(" ", parts);
  }

  private void outlooks() {
    if (fit.tasks().isEmpty()) {
      return;
    }
    row(
        "%n%-28s %14s %7s %9s %7s %9s  %s%n",
        "task", "forecastability", "chance", "rise/noise", "skill", "back-test", "");
    for (TaskOutlook task : fit.tasks()) {
      row(
          "%-28s %14.2f %8.3f %9.1f %7.2f %9s  %s%n",
          task.task(),
          task.forecastability(),
          task.chance(),
          task.signalToNoise(),
          task.skill(),
          task.backtests() == 0 ? "none" : points(task.backtestError()),
          task.forecastable() ? "" : task.nearChance() ? "NEAR CHANCE" : "NOT FORECASTABLE");
    }
  }

  private void target(String target) {
    List<Prediction> own =
        fit.predictions().stream().filter(p -> p.target().equals(target)).toList();
    row("%n%s, %.1f times the compute of the largest run%n", target, own.getFirst().computeRatio());
    List<Prediction> losses = own.stream().filter(p -> p.kind() != Kind.ACCURACY).toList();
    if (!losses.isEmpty()) {
      row(
          "%-28s %9s %9s %9s %9s %8s  %-7s %s%n",
          "loss", "predicted", "low", "high", "actual", "error", "", "Chinchilla");
      losses.forEach(this::loss);
    }
    List<Prediction> tasks = own.stream().filter(p -> p.kind() == Kind.ACCURACY).toList();
    if (!tasks.isEmpty()) {
      row(
          "%-28s %9s %9s %9s %9s %8s  %-7s %s%n",
          "accuracy, in points", "predicted", "low", "high", "actual", "error", "", "form");
      tasks.forEach(this::accuracy);
    }
    fit.summary().stream().filter(s -> s.target().equals(target)).forEach(this::summary);
  }

  private void loss(Prediction p) {
    Double actual = p.actual();
    Double chinchilla = p.chinchilla();
    row(
        "%-28s %9.4f %9.4f %9.4f %9s %8s  %-7s %s%n",
        p.metric(),
        p.predicted(),
        p.low(),
        p.high(),
        actual == null ? "" : String.format(Locale.ROOT, "%.4f", actual),
        actual == null ? "" : percent(p.predicted() / actual - 1),
        actual == null ? "" : p.inside() ? "inside" : "OUTSIDE",
        chinchilla == null
            ? ""
            : String.format(Locale.ROOT, "%.4f ", chinchilla)
                + (actual == null ? "" : percent(chinchilla / actual - 1)));
  }

  private void accuracy(Prediction p) {
    Double actual = p.actual();
    row(
        "%-28s %9s %9s %9s %9s %8s  %-7s %s%n",
        p.metric(),
        points(p.predicted()),
        points(p.low()),
        points(p.high()),
        actual == null ? "" : points(actual),
        actual == null ? "" : String.format(Locale.ROOT, "%+.1f", 100 * (p.predicted() - actual)),
        actual == null ? "" : p.inside() ? "inside" : "OUTSIDE",
        p.form());
  }

  private void summary(TableFit.Summary summary) {
    if (summary.meanTaskError() != null) {
      row(
          "mean absolute task error %.2f points over %d tasks%s%n",
          summary.meanTaskError(),
          summary.tasks(),
          summary.meanForecastableError() == null || summary.forecastableTasks() == summary.tasks()
              ? ""
              : String.format(
                  Locale.ROOT,
                  "; %.2f over the %d said to be forecastable",
                  summary.meanForecastableError(),
                  summary.forecastableTasks()));
    }
    if (summary.meanLossError() != null) {
      row(
          "mean absolute loss error %s over %d texts%s%n",
          share(summary.meanLossError()),
          summary.losses(),
          summary.meanChinchillaError() == null
              ? ""
              : "; plain Chinchilla " + share(summary.meanChinchillaError()));
    }
    row("%.0f%% of outcomes inside their intervals%n", 100 * summary.inside());
  }

  private void row(String format, @Nullable Object... values) {
    out.printf(Locale.ROOT, format, values);
  }

  private static String points(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%+.2f%%", 100 * share);
  }

  private static String share(@Nullable Double share) {
    return share == null ? "" : String.format(Locale.ROOT, "%.2f%%", 100 * share);
  }
}

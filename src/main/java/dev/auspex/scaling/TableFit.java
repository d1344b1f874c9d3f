package dev.auspex.scaling;

import dev.auspex.io.Progress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Laws and predictions for every metric of a table of runs.
///
/// @param laws every form fitted, metric by metric, heaviest first
/// @param predictions every row to predict, metric by metric
/// @param tasks what the ladder alone says about each task's forecastability
/// @param summary mean errors by target, where outcomes are known
/// @param warnings what a reader must know, each led by its metric
public record TableFit(
    List<MetricLaw> laws,
    List<Prediction> predictions,
    List<TaskOutlook> tasks,
    List<Summary> summary,
    List<String> warnings) {
  public TableFit {
    laws = List.copyOf(laws);
    predictions = List.copyOf(predictions);
    tasks = List.copyOf(tasks);
    summary = List.copyOf(summary);
    warnings = List.copyOf(warnings);
  }

  /// What kind of number a metric is.
  public enum Kind {
    /// A loss on text.
    LOSS,
    /// A task's own loss, such as bits per byte of the gold answer.
    TASK_LOSS,
    /// Share of a task's items that are right.
    ACCURACY
  }

  /// A form fitted to one metric.
  ///
  /// @param metric the metric
  /// @param form the law's name
  /// @param parameters the fitted numbers of a law of loss
  /// @param backtest what it forecast from smaller runs
  /// @param weight its share in the blend
  /// @param residual root mean square of relative residuals; null for forms of accuracy
  public record MetricLaw(
      String metric,
      String form,
      Map<String, Double> parameters,
      LawBacktest backtest,
      double weight,
      @Nullable Double residual) {}

  /// Back-tests of one form.
  ///
  /// @param tests how many larger runs were forecast from smaller ones
  /// @param meanAbsoluteError mean absolute error: relative for losses, in accuracy for accuracies
  public record LawBacktest(int tests, double meanAbsoluteError) {}

  /// One metric of one row to predict.
  ///
  /// @param metric the metric; `bpb:TASK` for a task's own loss
  /// @param kind what kind of number it is
  /// @param target the row's name
  /// @param predicted the prediction
  /// @param low lower end
  /// @param high upper end
  /// @param actual what came, null where the row does not say
  /// @param relativeError predicted over actual, less one; null where not known
  /// @param absoluteError |predicted - actual| in the metric's unit; null where not known
  /// @param computeRatio compute over that of the largest run fitted
  /// @param form the form that weighs most in the blend
  /// @param forecastability of the task, in [0, 1]; null for losses on text
  /// @param chinchilla what plain Chinchilla says; null where sizes are not known or for accuracies
  public record Prediction(
      String metric,
      Kind kind,
      String target,
      double predicted,
      double low,
      double high,
      @Nullable Double actual,
      @Nullable Double relativeError,
      @Nullable Double absoluteError,
      double computeRatio,
      String form,
      @Nullable Double forecastability,
      @Nullable Double chinchilla) {
    static Prediction of(
        String metric,
        Kind kind,
        RunRecord target,
        Interval interval,
        @Nullable Double actual,
        double computeRatio,
        String form,
        @Nullable Double forecastability,
        @Nullable Double chinchilla) {
      return new Prediction(
          metric,
          kind,
          target.name(),
          interval.predicted(),
          interval.low(),
          interval.high(),
          actual,
          actual == null || actual == 0 ? null : interval.predicted() / actual - 1,
          actual == null ? null : Math.abs(interval.predicted() - actual),
          computeRatio,
          form,
          forecastability,
          chinchilla);
    }

    /// Whether what came lies inside; false where not known.
    public boolean inside() {
      Double came = actual;
      return came != null && low <= came && came <= high;
    }
  }

  /// Mean errors of one target.
  ///
  /// @param target its name
  /// @param tasks how many accuracies are known
  /// @param meanTaskError mean absolute error of accuracy, in points of a hundred; null where none
  /// @param forecastableTasks how many of these were said to be forecastable
  /// @param meanForecastableError the mean over those; null where none
  /// @param losses how many losses on text are known
  /// @param meanLossError mean absolute relative error; null where none
  /// @param meanChinchillaError the same of plain Chinchilla; null where none
  /// @param inside share of all known outcomes inside their intervals
  public record Summary(
      String target,
      int tasks,
      @Nullable Double meanTaskError,
      int forecastableTasks,
      @Nullable Double meanForecastableError,
      int losses,
      @Nullable Double meanLossError,
      @Nullable Double meanChinchillaError,
      double inside) {}

  /// Fits every metric the runs carry and predicts every row of `targets`.
  ///
  /// @param runs finished runs
  /// @param targets rows to predict, with outcomes where known
  /// @param assumptions what to assume beyond the runs
  /// @param level probability of the intervals
  public static TableFit of(
      List<RunRecord> runs, List<RunRecord> targets, Assumptions assumptions, double level) {
    return of(runs, targets, assumptions, level, Map.of(), Progress.NONE);
  }

  /// Fits every metric the runs carry and predicts every row of `targets`.
  ///
  /// @param runs finished runs
  /// @param targets rows to predict, with outcomes where known
  /// @param assumptions what to assume beyond the runs
  /// @param level probability of the intervals
  /// @param chances accuracy of guessing by task, where known
  /// @param progress told after every metric
  public static TableFit of(
      List<RunRecord> runs,
      List<RunRecord> targets,
      Assumptions assumptions,
      double level,
      Map<String, Double> chances,
      Progress progress) {
    Set<String> metrics = new LinkedHashSet<>();
    runs.forEach(run -> metrics.addAll(run.metrics().keySet().stream().sorted().toList()));
    if (metrics.isEmpty()) {
      throw new ScalingException(
          "runs must carry a metric: map one, for instance --map eval/c4/CrossEntropyLoss=c4");
    }
    TableFitting fitting = new TableFitting(runs, targets, assumptions, level, chances);
    return fitting.fit(metrics, progress);
  }

  /// Mean errors of each target of `predictions`.
  static List<Summary> summaries(
      List<RunRecord> targets, List<Prediction> predictions, List<TaskOutlook> outlooks) {
    Set<String> forecastable =
        outlooks.stream()
            .filter(TaskOutlook::forecastable)
            .map(TaskOutlook::task)
            .collect(Collectors.toSet());
    List<Summary> summaries = new ArrayList<>();
    for (RunRecord target : targets) {
      List<Prediction> known =
          predictions.stream()
              .filter(p -> p.target().equals(target.name()) && p.absoluteError() != null)
              .toList();
      if (!known.isEmpty()) {
        summaries.add(summary(target.name(), known, forecastable));
      }
    }
    return summaries;
  }

  private static Summary summary(String target, List<Prediction> known, Set<String> forecastable) {
    List<Double> tasks = new ArrayList<>();
    List<Double> forecast = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    List<Double> plain = new ArrayList<>();
    for (Prediction p : known) {
      Double actual = p.actual();
      Double chinchilla = p.chinchilla();
      if (actual == null || actual == 0) {
        continue;
      }
      if (p.kind() == Kind.ACCURACY) {
        tasks.add(100 * Math.abs(p.predicted() - actual));
        if (forecastable.contains(p.metric())) {
          forecast.add(tasks.getLast());
        }
      } else if (p.kind() == Kind.LOSS) {
        losses.add(Math.abs(p.predicted() / actual - 1));
        if (chinchilla != null) {
          plain.add(Math.abs(chinchilla / actual - 1));
        }
      }
    }
    double inside = known.stream().filter(Prediction::inside).count();
    return new Summary(
        target,
        tasks.size(),
        mean(tasks),
        forecast.size(),
        mean(forecast),
        losses.size(),
        mean(losses),
        mean(plain),
        inside / known.size());
  }

  private static @Nullable Double mean(List<Double> values) {
    return values.isEmpty()
        ? null
        : values.stream().mapToDouble(Double::doubleValue).sum() / values.size();
  }
}

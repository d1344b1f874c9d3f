package dev.auspex.scaling;

import dev.auspex.io.Progress;
import dev.auspex.scaling.TableFit.Kind;
import dev.auspex.scaling.TableFit.LawBacktest;
import dev.auspex.scaling.TableFit.MetricLaw;
import dev.auspex.scaling.TableFit.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The work behind [TableFit]: losses by [Forecaster], accuracies by [TaskForecaster].
final class TableFitting {
  /// Tokens a parameter that runs have, with much to spare on both sides.
  private static final double FEWEST_TOKENS = 0.01;

  private static final double MOST_TOKENS = 1e6;
  private final List<RunRecord> runs;
  private final List<RunRecord> targets;
  private final Forecaster forecaster;
  private final double level;
  private final Map<String, Double> chances;
  private final List<MetricLaw> laws = new ArrayList<>();
  private final List<Prediction> predictions = new ArrayList<>();
  private final List<TaskOutlook> outlooks = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  TableFitting(
      List<RunRecord> runs,
      List<RunRecord> targets,
      Assumptions assumptions,
      double level,
      Map<String, Double> chances) {
    this.runs = completed(runs);
    warnOfUnits();
    this.targets = sized(this.runs, targets);
    this.forecaster = new Forecaster(assumptions);
    this.level = level;
    this.chances = chances;
  }

  TableFit fit(Set<String> metrics, Progress progress) {
    Set<String> texts = new TreeSet<>(metrics);
    texts.removeIf(ColumnMap::isTask);
    List<String> tasks = new ArrayList<>();
    List<String> losses = new ArrayList<>(texts);
    for (String metric : metrics) {
      if (metric.startsWith(ColumnMap.ACCURACY)) {
        tasks.add(metric.substring(ColumnMap.ACCURACY.length()));
      } else if (ColumnMap.isTask(metric)
          && !metrics.contains(ColumnMap.ACCURACY + metric.substring(ColumnMap.BPB.length()))) {
        losses.add(metric);
      }
    }
    requireKnown(chances.keySet(), tasks);
    progress.start("fit", losses.size() + tasks.size(), "metrics");
    for (int i = 0; i < losses.size(); i++) {
      orTell(losses.get(i), losses.size() + tasks.size(), this::fitLoss);
      progress.update(i + 1L, losses.get(i));
    }
    List<TaskData> data = new ArrayList<>();
    for (String task : tasks) {
      orTell(task, losses.size() + tasks.size(), name -> data.add(task(name, texts)));
    }
    fitTasks(data);
    progress.update((long) losses.size() + tasks.size(), "");
    progress.finish();
    return new TableFit(
        laws, predictions, outlooks, TableFit.summaries(targets, predictions, outlooks), warnings);
  }

  private static void requireKnown(Set<String> named, List<String> tasks) {
    for (String task : named) {
      if (!tasks.contains(task)) {
        throw new ScalingException(
            "chance (%s) must name a task mapped as accuracy:NAME; tasks: %s"
                .formatted(task, tasks.isEmpty() ? "none" : String.join(", ", tasks)));
      }
    }
  }

  private void fitLoss(String metric) {
    List<Observation> ladder = ladder(metric);
    List<Target> points = targets.stream().map(RunRecord::point).toList();
    Forecaster.Several several =
        forecaster.several(ladder, points.isEmpty() ? List.of(tenfold(ladder)) : points, level);
    ScalingLaw plain =
        TextLosses.laws(ladder, ladder.stream().allMatch(Observation::sized)).get(Chinchilla.FORM);
    Kind kind = ColumnMap.isTask(metric) ? Kind.TASK_LOSS : Kind.LOSS;
    for (int i = 0; i < targets.size(); i++) {
      RunRecord target = targets.get(i);
      predictions.add(
          Prediction.of(
              metric,
              kind,
              target,
              several.intervals().get(i),
              target.metrics().get(metric),
              target.point().flops() / Runs.largestFlops(ladder),
              several.last().laws().getFirst().form(),
              null,
              plain == null || !target.point().sized() ? null : plain.predict(target.point())));
    }
    for (Forecast.Law law : several.last().laws()) {
      laws.add(
          new MetricLaw(
              metric,
              law.form(),
              law.parameters(),
              new LawBacktest(several.last().backtest().size(), law.backtestError()),
              law.weight(),
              law.residual()));
    }
    for (String warning : several.last().diagnostics().warnings()) {
      warnings.add(metric + ": " + warning);
    }
  }

  private List<Observation> ladder(String metric) {
    List<Observation> ladder = new ArrayList<>();
    for (RunRecord run : runs) {
      Double value = run.metrics().get(metric);
      if (value != null) {
        if (!(value > 0)) {
          throw new ScalingException(
              ("%s must be a loss above 0, as laws fall towards one; map shares of right answers as"
                      + " accuracy:NAME, drop other columns with COLUMN=-")
                  .formatted(run.place(metric)));
        }
        Target at = run.point();
        ladder.add(
            new Observation(
                run.name(), at.flops(), at.parameters(), at.tokens(), value, run.seed()));
      }
    }
    return ladder.stream().allMatch(Observation::sized)
        ? ladder
        : ladder.stream()
            .map(run -> new Observation(run.name(), run.flops(), 0, 0, run.loss(), run.seed()))
            .toList();
  }

  /// Ten times the largest run's compute, split evenly between size and data.
  private static Target tenfold(List<Observation> ladder) {
    Observation largest = Runs.sorted(ladder).getLast();
    double growth = Math.sqrt(10);
    return new Target(
        10 * largest.flops(), growth * largest.parameters(), growth * largest.tokens());
  }

  /// Fits one metric of several, of which one that cannot be fitted must not stop the others.
  private void orTell(String metric, int numMetrics, Consumer<String> fitted) {
    try {
      fitted.accept(metric);
    } catch (ScalingException e) {
      if (numMetrics == 1) {
        throw e;
      }
      warnings.add(metric + ": not forecast: " + e.getMessage());
    }
  }

  private TaskData task(String name, Set<String> texts) {
    TaskData data = TaskData.of(name, runs, texts);
    List<Observation> seen = data.runs().stream().map(run -> run.observed(1)).toList();
    if (Runs.numLevels(seen) < 3) {
      throw new ScalingException(
          ("accuracy:%s (%d runs, %d different amounts of compute) must hold at least 3 amounts;"
                  + " add runs")
              .formatted(name, seen.size(), Runs.numLevels(seen)));
    }
    return data;
  }

  private void fitTasks(List<TaskData> tasks) {
    boolean sized =
        runs.stream().allMatch(run -> run.point().sized())
            && targets.stream().allMatch(target -> target.point().sized());
    TaskForecaster tasksAhead =
        new TaskForecaster(targets.stream().map(RunRecord::point).toList(), level, chances, sized);
    for (TaskForecaster.Result result : tasksAhead.forecast(tasks)) {
      add(result);
    }
  }

  private void add(TaskForecaster.Result result) {
    outlooks.add(result.outlook());
    addPredictions(Kind.TASK_LOSS, ColumnMap.BPB, result, result.loss(), result.lossBlend());
    addPredictions(
        Kind.ACCURACY, ColumnMap.ACCURACY, result, result.accuracy(), result.accuracyBlend());
    addLaws(ColumnMap.BPB + result.task(), result.lossBlend());
    addLaws(result.task(), result.accuracyBlend());
    TaskOutlook outlook = result.outlook();
    if (outlook.nearChance()) {
      warnings.add(
          "%s: the largest runs are near chance (%.3f); this task cannot be forecast from this ladder"
              .formatted(result.task(), outlook.chance()));
    } else if (!outlook.forecastable()) {
      warnings.add(
          "%s: forecastability %.2f; its back-tests hardly beat 'it stays as it is'"
              .formatted(result.task(), outlook.forecastability()));
    }
  }

  private void addPredictions(
      Kind kind,
      String prefix,
      TaskForecaster.Result result,
      List<Interval> intervals,
      Blend blend) {
    double largest = runs.stream().mapToDouble(run -> run.point().flops()).max().orElseThrow();
    for (int i = 0; i < intervals.size(); i++) {
      RunRecord target = targets.get(i);
      predictions.add(
          Prediction.of(
              kind == Kind.ACCURACY ? result.task() : prefix + result.task(),
              kind,
              target,
              intervals.get(i),
              target.metrics().get(prefix + result.task()),
              target.point().flops() / largest,
              blend.heaviest(),
              result.outlook().forecastability(),
              null));
    }
  }

  private void addLaws(String metric, Blend blend) {
    for (String form : blend.byWeight()) {
      laws.add(
          new MetricLaw(
              metric,
              form,
              Map.of(),
              new LawBacktest(blend.tests().size(), blend.absoluteError(form)),
              blend.weights().getOrDefault(form, 0.0),
              null));
    }
  }

  /// Tells of sizes that nobody trains, as where one column is in billions and nobody said so.
  private void warnOfUnits() {
    for (RunRecord run : runs) {
      Target at = run.point();
      double ratio = at.tokens() / at.parameters();
      if (at.sized() && (ratio < FEWEST_TOKENS || ratio > MOST_TOKENS)) {
        warnings.add(
            "%s: %.3g parameters and %.3g tokens are an odd pair; is a column in millions or billions? --scale COLUMN=1e9"
                .formatted(run.name(), at.parameters(), at.tokens()));
        return;
      }
    }
  }

  /// The runs, with parameters or tokens filled in where compute and one of them is known, by 6
  /// FLOPs a parameter and token.
  private List<RunRecord> completed(List<RunRecord> known) {
    List<RunRecord> completed = new ArrayList<>();
    Set<String> guessed = new TreeSet<>();
    for (RunRecord run : known) {
      Target at = run.point();
      if (at.sized() || at.parameters() == 0 && at.tokens() == 0) {
        completed.add(run);
        continue;
      }
      boolean tokens = at.parameters() > 0;
      double other = at.flops() / (6 * Math.max(at.parameters(), at.tokens()));
      guessed.add(tokens ? ColumnMap.TOKENS : ColumnMap.PARAMETERS);
      completed.add(
          run.at(
              tokens
                  ? new Target(at.flops(), at.parameters(), other)
                  : new Target(at.flops(), other, at.tokens())));
    }
    if (!guessed.isEmpty()) {
      warnings.add(
          "%s not given for all runs: taken from 6 FLOPs a parameter and token"
              .formatted(String.join(" and ", guessed)));
    }
    return completed;
  }

  /// The targets, with parameters filled in where only compute a token is known: read off the
  /// ladder's own relation of the two, a straight line in logarithms through its two largest sizes.
  private List<RunRecord> sized(List<RunRecord> ladder, List<RunRecord> wanted) {
    List<Target> known =
        ladder.stream()
            .map(RunRecord::point)
            .filter(Target::sized)
            .sorted(Comparator.comparingDouble(Target::parameters))
            .toList();
    @Nullable Target large = known.isEmpty() ? null : known.getLast();
    @Nullable Target small =
        large == null
            ? null
            : known.reversed().stream()
                .filter(point -> point.parameters() < large.parameters() / 1.2)
                .findFirst()
                .orElse(null);
    List<RunRecord> filled = new ArrayList<>();
    for (RunRecord target : wanted) {
      Target at = target.point();
      if (at.parameters() > 0 && at.tokens() == 0) {
        filled.addAll(completed(List.of(target)));
        continue;
      }
      if (large == null || small == null || at.parameters() > 0 || !(at.tokens() > 0)) {
        filled.add(target);
        continue;
      }
      double parameters = parameters(small, large, at);
      warnings.add(
          "%s: parameters not given; %.3g from its compute a token, as in the ladder"
              .formatted(target.name(), parameters));
      filled.add(target.at(new Target(at.flops(), parameters, at.tokens())));
    }
    return filled;
  }

  private static double parameters(Target small, Target large, Target at) {
    double cost = Math.log(large.flops() / large.tokens());
    double slope =
        Math.log(large.parameters() / small.parameters())
            / (cost - Math.log(small.flops() / small.tokens()));
    return large.parameters() * Math.exp(slope * (Math.log(at.flops() / at.tokens()) - cost));
  }
}

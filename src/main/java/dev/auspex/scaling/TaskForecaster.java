package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/// Forecasts accuracy on tasks, and the tasks' losses, from a ladder of finished runs.
///
/// Every form of [TaskForms] is fitted to the smaller runs of every back-test inside the ladder;
/// [Blend] weighs the forms by those. Targets' outcomes are never looked at.
final class TaskForecaster {
  private static final double LEAST_RISE = 0.05;
  private static final double FORECASTABLE = 0.5;

  /// A task's forecasts.
  ///
  /// @param task its name
  /// @param accuracy accuracy at each target
  /// @param accuracyBlend how it came about
  /// @param loss the task's own loss at each target; empty where the table has none
  /// @param lossBlend how that came about, in log loss; of no forms where the table has none
  /// @param outlook whether the task can be forecast at all
  record Result(
      String task,
      List<Interval> accuracy,
      Blend accuracyBlend,
      List<Interval> loss,
      Blend lossBlend,
      TaskOutlook outlook) {}

  private final List<Target> targets;
  private final double level;
  private final Map<String, Double> chances;
  private final boolean sized;
  private final Map<List<String>, TextLosses> texts = new HashMap<>();

  /// @param targets runs to forecast
  /// @param level probability of the intervals
  /// @param chances accuracy of guessing by task, where known
  /// @param sized whether runs and targets all know their parameters and tokens
  TaskForecaster(List<Target> targets, double level, Map<String, Double> chances, boolean sized) {
    this.targets = List.copyOf(targets);
    this.level = level;
    this.chances = Map.copyOf(chances);
    this.sized = sized;
  }

  /// Forecasts every task.
  List<Result> forecast(List<TaskData> tasks) {
    List<Tests> tests = tasks.stream().map(this::backtest).toList();
    Map<String, Double> accuracyErrors =
        Blend.pooled(tests.stream().map(t -> Blend.squaredErrors(t.accuracy())).toList());
    Map<String, Double> lossErrors =
        Blend.pooled(tests.stream().map(t -> Blend.squaredErrors(t.loss())).toList());
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      results.add(forecast(tasks.get(i), tests.get(i), accuracyErrors, lossErrors));
    }
    return results;
  }

  private record Tests(List<Blend.Test> accuracy, List<Blend.Test> loss) {}

  private Tests backtest(TaskData data) {
    List<Blend.Test> accuracy = new ArrayList<>();
    List<Blend.Test> loss = new ArrayList<>();
    for (BacktestCuts.Cut cut : BacktestCuts.of(data.runs())) {
      TaskForms forms = forms(data, cut.smaller());
      TaskData.Run last = cut.smaller().getLast();
      double share = 1.0 / cut.larger().size();
      for (TaskData.Run run : cut.larger()) {
        accuracy.add(
            new Blend.Test(
                run.name(),
                share,
                distance(run.point(), cut.smaller()),
                run.accuracy(),
                last.accuracy(),
                said(forms.accuracies(), run.point(), false)));
        if (data.hasOwnLoss()) {
          loss.add(
              new Blend.Test(
                  run.name(),
                  share,
                  distance(run.point(), cut.smaller()),
                  Math.log(run.loss()),
                  Math.log(last.loss()),
                  said(forms.losses(), run.point(), true)));
        }
      }
    }
    return new Tests(accuracy, loss);
  }

  private Result forecast(
      TaskData data,
      Tests tests,
      Map<String, Double> accuracyErrors,
      Map<String, Double> lossErrors) {
    TaskForms forms = forms(data, data.runs());
    double noise = noise(data, forms);
    Blend accuracy = Blend.of(forms.accuracies().keySet(), tests.accuracy(), accuracyErrors, noise);
    Set<String> ways = data.hasOwnLoss() ? forms.losses().keySet() : Set.of();
    Blend loss =
        Blend.of(new LinkedHashSet<>(ways), tests.loss(), lossErrors, lossNoise(data, forms));
    List<Interval> accuracies = new ArrayList<>();
    List<Interval> losses = new ArrayList<>();
    for (Target target : targets) {
      double distance = distance(target, data.runs());
      accuracies.add(
          clipped(accuracy.interval(said(forms.accuracies(), target, false), level, distance)));
      if (data.hasOwnLoss()) {
        Interval log = loss.interval(said(forms.losses(), target, true), level, distance);
        losses.add(
            new Interval(Math.exp(log.predicted()), Math.exp(log.low()), Math.exp(log.high())));
      }
    }
    return new Result(
        data.task(), accuracies, accuracy, losses, loss, outlook(data, forms, accuracy, noise));
  }

  private static double distance(Target target, List<TaskData.Run> runs) {
    double largest = runs.stream().mapToDouble(run -> run.point().flops()).max().orElseThrow();
    return Math.max(0, Math.log(target.flops() / largest));
  }

  private TaskForms forms(TaskData data, List<TaskData.Run> runs) {
    TextLosses onTexts =
        texts.computeIfAbsent(
            runs.stream().map(run -> run.name() + "#" + run.seed()).toList(),
            _ -> TextLosses.of(runs, sized));
    return TaskForms.fit(runs, onTexts, data.hasLoss(), data.hasOwnLoss(), sized);
  }

  private static Map<String, Double> said(
      Map<String, ToDoubleFunction<Target>> forms, Target at, boolean log) {
    Map<String, Double> said = new LinkedHashMap<>();
    forms.forEach(
        (form, law) -> {
          double value = law.applyAsDouble(at);
          said.put(form, log ? Math.log(value) : value);
        });
    return said;
  }

  private static Interval clipped(Interval interval) {
    double predicted = Math.clamp(interval.predicted(), 0, 1);
    return new Interval(
        predicted,
        Math.clamp(interval.low(), 0, predicted),
        Math.clamp(interval.high(), predicted, 1));
  }

  /// Spread of one run's accuracy: between late checkpoints, else about the fitted curves.
  private static double noise(TaskData data, TaskForms forms) {
    double[] late =
        data.runs().stream()
            .mapToDouble(TaskData.Run::lateNoise)
            .filter(value -> value > 0)
            .sorted()
            .toArray();
    return Math.max(1e-3, late.length == 0 ? forms.residual() : late[late.length / 2]);
  }

  private static double lossNoise(TaskData data, TaskForms forms) {
    double squares = 0;
    int count = 0;
    if (data.hasOwnLoss()) {
      for (TaskData.Run run : data.runs()) {
        for (ToDoubleFunction<Target> law : forms.losses().values()) {
          double off = Math.log(law.applyAsDouble(run.point()) / run.loss());
          squares += off * off;
          count++;
        }
      }
    }
    return Math.max(1e-3, Math.sqrt(squares / Math.max(1, count)));
  }

  private TaskOutlook outlook(TaskData data, TaskForms forms, Blend blend, double noise) {
    List<TaskData.Run> runs = data.runs();
    int quarter = Math.max(1, runs.size() / 4);
    double top = mean(runs.subList(runs.size() - quarter, runs.size()));
    double rise = Math.max(0, top - mean(runs.subList(0, quarter)));
    double chance = chances.getOrDefault(data.task(), forms.floor());
    boolean nearChance = top - chance < Math.max(LEAST_RISE, 3 * noise);
    double reliability = rise * rise / (rise * rise + noise * noise);
    double score = reliability * blend.skill();
    return new TaskOutlook(
        data.task(),
        score,
        !nearChance && score >= FORECASTABLE,
        nearChance,
        chance,
        rise / noise,
        noise,
        blend.skill(),
        blend.tests().size(),
        blend.backtestError());
  }

  private static double mean(List<TaskData.Run> runs) {
    return runs.stream().mapToDouble(TaskData.Run::accuracy).average().orElseThrow();
  }
}

package dev.auspex.scaling;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Every way from a run's size to its accuracy on one task, fitted to some of a ladder's runs.
///
/// Two-step forms are named `step1+step2`. Step one gives the task's loss from the final points: a
/// `power` law in compute, `chinchilla`, or `text_loss` (by way of the losses on text). Step two
/// gives accuracy from the task's loss, fitted on all checkpoints: an [AccuracyLink]. Direct forms
/// need no loss: `log_accuracy` is a power law in -ln(accuracy) (Krajewski et al. 2025, arXiv
/// 2512.08894), `compute_hill` a logistic curve in log compute above a fitted floor.
///
/// @param losses task loss of a run by step one
/// @param accuracies accuracy of a run by form
/// @param floor accuracy far below the ladder, near chance
/// @param residual root mean square error of the step-two curves at the final points
record TaskForms(
    Map<String, ToDoubleFunction<Target>> losses,
    Map<String, ToDoubleFunction<Target>> accuracies,
    double floor,
    double residual) {
  static final String TEXT_LOSS = "text_loss";
  static final String LOG_ACCURACY = "log_accuracy";
  static final String COMPUTE_HILL = "compute_hill";

  private static final double LEAST = 1e-4;

  /// Fits every form that `runs` can support.
  ///
  /// @param runs a task's runs
  /// @param texts losses on text of the same runs
  /// @param viaLoss whether the task's loss is known
  /// @param ownLoss whether it is the task's own and not that of the texts
  /// @param sized whether runs and targets all know their parameters and tokens
  static TaskForms fit(
      List<TaskData.Run> runs, TextLosses texts, boolean viaLoss, boolean ownLoss, boolean sized) {
    Map<String, ToDoubleFunction<Target>> losses = new LinkedHashMap<>();
    Map<String, ToDoubleFunction<Target>> accuracies = new LinkedHashMap<>();
    double floor = runs.stream().mapToDouble(TaskData.Run::accuracy).min().orElseThrow();
    double squares = 0;
    int count = 0;
    if (viaLoss) {
      List<Observation> seen = runs.stream().map(run -> run.observed(run.loss())).toList();
      TextLosses.laws(seen, sized).forEach((form, law) -> losses.put(form, law::predict));
      if (ownLoss && !texts.isEmpty()) {
        losses.put(TEXT_LOSS, texts.slopes(runs)::loss);
      }
      for (AccuracyLink link : AccuracyLink.values()) {
        AccuracyLink.Curve curve = curve(link, runs);
        losses.forEach(
            (form, law) ->
                accuracies.put(
                    form + "+" + link.form(), at -> curve.accuracy(law.applyAsDouble(at))));
        for (TaskData.Run run : runs) {
          double off = run.accuracy() - curve.accuracy(run.loss());
          squares += off * off;
          count++;
        }
        floor = link == AccuracyLink.HILL ? curve.floor() : floor;
      }
    }
    accuracies.put(LOG_ACCURACY, logAccuracy(runs));
    accuracies.put(COMPUTE_HILL, computeHill(runs));
    return new TaskForms(losses, accuracies, floor, count == 0 ? 0 : Math.sqrt(squares / count));
  }

  /// Step two on the checkpoints of all runs, or on final points where there are none.
  private static AccuracyLink.Curve curve(AccuracyLink link, List<TaskData.Run> runs) {
    int size = 0;
    for (TaskData.Run run : runs) {
      size += Math.max(1, run.smoothLosses().length);
    }
    double[] losses = new double[size];
    double[] accuracies = new double[size];
    int next = 0;
    for (TaskData.Run run : runs) {
      int length = run.smoothLosses().length;
      if (length == 0) {
        losses[next] = run.loss();
        accuracies[next] = run.accuracy();
      }
      System.arraycopy(run.smoothLosses(), 0, losses, next, length);
      System.arraycopy(run.smoothAccuracies(), 0, accuracies, next, length);
      next += Math.max(1, length);
    }
    return link.fit(losses, accuracies);
  }

  private static ToDoubleFunction<Target> logAccuracy(List<TaskData.Run> runs) {
    List<Observation> seen =
        runs.stream().map(run -> run.observed(logLoss(run.accuracy()))).toList();
    ScalingLaw law = new LogLinearFamily().fit(seen);
    return at -> Math.exp(-law.predict(at));
  }

  private static double logLoss(double accuracy) {
    return Math.max(LEAST, -Math.log(Math.max(LEAST, accuracy)));
  }

  private static ToDoubleFunction<Target> computeHill(List<TaskData.Run> runs) {
    double reference = runs.getLast().point().flops();
    double[] inverse = runs.stream().mapToDouble(run -> reference / run.point().flops()).toArray();
    double[] accuracies = runs.stream().mapToDouble(TaskData.Run::accuracy).toArray();
    AccuracyLink.Curve curve = AccuracyLink.HILL.fit(inverse, accuracies);
    return at -> curve.accuracy(reference / at.flops());
  }
}

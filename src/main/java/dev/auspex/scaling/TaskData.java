package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// One task's outcomes in a ladder of runs: final accuracy and loss of each run, smoothed
/// checkpoints, and the losses on text that go with them.
///
/// The task's loss is bits per byte of the gold answer where the table has it, else the geometric
/// mean of the losses on text, else unknown. Runs are ordered by compute, smallest first.
final class TaskData {
  private static final int WINDOW = 5;
  private static final double SKIPPED = 0.1;

  /// One run.
  ///
  /// @param name its name
  /// @param point its size
  /// @param seed its seed
  /// @param accuracy final accuracy, in [0, 1]
  /// @param loss final task loss; not-a-number where unknown
  /// @param texts final loss on each text, by name
  /// @param smoothLosses moving averages of checkpoint losses, the first tenth skipped
  /// @param smoothAccuracies moving averages of accuracy at the same checkpoints
  /// @param lateNoise standard deviation of accuracy between late checkpoints; not-a-number where
  ///     there are too few
  record Run(
      String name,
      Target point,
      long seed,
      double accuracy,
      double loss,
      Map<String, Double> texts,
      double[] smoothLosses,
      double[] smoothAccuracies,
      double lateNoise) {
    Observation observed(double value) {
      return new Observation(name, point.flops(), point.parameters(), point.tokens(), value, seed);
    }
  }

  private final String task;
  private final List<Run> runs;
  private final boolean ownLoss;

  private TaskData(String task, List<Run> runs, boolean ownLoss) {
    this.task = task;
    this.runs = runs;
    this.ownLoss = ownLoss;
  }

  /// Collects `task` from finished runs; `texts` names the metrics that are losses on text.
  static TaskData of(String task, List<RunRecord> records, Set<String> texts) {
    boolean own =
        records.stream()
            .filter(r -> r.metrics().containsKey(ColumnMap.ACCURACY + task))
            .allMatch(r -> r.metrics().containsKey(ColumnMap.BPB + task));
    List<Run> runs = new ArrayList<>();
    for (RunRecord record : records) {
      Double accuracy = record.metrics().get(ColumnMap.ACCURACY + task);
      if (accuracy != null) {
        runs.add(run(task, record, accuracy, texts, own));
      }
    }
    runs.sort(
        Comparator.comparingDouble((Run run) -> run.point().flops())
            .thenComparing(Run::name)
            .thenComparingLong(Run::seed));
    return new TaskData(task, List.copyOf(runs), own);
  }

  private static Run run(
      String task, RunRecord record, double accuracy, Set<String> texts, boolean own) {
    checkAccuracy(accuracy, record.place(ColumnMap.ACCURACY + task));
    List<Double> losses = new ArrayList<>();
    List<Double> accuracies = new ArrayList<>();
    List<Double> raw = new ArrayList<>();
    for (Map<String, Double> row : record.trace()) {
      Double at = row.get(ColumnMap.ACCURACY + task);
      double loss = loss(task, row, texts, own);
      if (at != null) {
        raw.add(at);
        if (loss > 0) {
          losses.add(loss);
          accuracies.add(at);
        }
      }
    }
    Map<String, Double> onTexts = new TreeMap<>(record.metrics());
    onTexts.keySet().retainAll(texts);
    return new Run(
        record.name(),
        record.point(),
        record.seed(),
        accuracy,
        loss(task, record.metrics(), texts, own),
        onTexts,
        smooth(losses),
        smooth(accuracies),
        lateNoise(raw));
  }

  private static double loss(
      String task, Map<String, Double> metrics, Set<String> texts, boolean own) {
    if (own) {
      return metrics.getOrDefault(ColumnMap.BPB + task, Double.NaN);
    }
    double sum = 0;
    for (String text : texts) {
      sum += Math.log(metrics.getOrDefault(text, Double.NaN));
    }
    return texts.isEmpty() ? Double.NaN : Math.exp(sum / texts.size());
  }

  private static void checkAccuracy(double value, String place) {
    if (!(value >= 0 && value <= 1)) {
      throw new ScalingException(
          ("%s must be an accuracy in [0, 1]; map percentages as percent:NAME, and a loss without"
                  + " accuracy:")
              .formatted(place));
    }
  }

  /// Trailing means of up to five values, the first tenth of the checkpoints left out.
  private static double[] smooth(List<Double> values) {
    int skipped = (int) Math.ceil(SKIPPED * values.size());
    double[] means = new double[values.size() - skipped];
    for (int i = 0; i < means.length; i++) {
      int last = i + skipped;
      means[i] =
          values.subList(Math.max(0, last - WINDOW + 1), last + 1).stream()
              .mapToDouble(Double::doubleValue)
              .average()
              .orElseThrow();
    }
    return means;
  }

  /// Spread of one checkpoint, from the differences of neighbours in the last quarter.
  private static double lateNoise(List<Double> values) {
    int first = values.size() - Math.max(WINDOW, values.size() / 4);
    if (first < 1) {
      return Double.NaN;
    }
    double squares = 0;
    for (int i = first; i < values.size(); i++) {
      double step = values.get(i) - values.get(i - 1);
      squares += step * step;
    }
    return Math.sqrt(squares / 2 / (values.size() - first));
  }

  String task() {
    return task;
  }

  List<Run> runs() {
    return runs;
  }

  /// Whether a loss is known for every run.
  boolean hasLoss() {
    return runs.stream().allMatch(run -> run.loss() > 0);
  }

  /// Whether that loss is the task's own.
  boolean hasOwnLoss() {
    return ownLoss;
  }
}

package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Losses on text as functions of a run's size: what ties a noisy task to something predictable.
///
/// Each text's loss is the geometric mean of a power law in compute and, where sizes are known,
/// Chinchilla's law. A task's loss follows from each text's as a power of it (loss-to-loss
/// prediction, Brandfonbrener et al. 2024, arXiv 2411.12925, without their shift), and the texts
/// are averaged by how well they explain it.
final class TextLosses {
  private static final double EXACT = 1e-8;

  private final List<TaskData.Run> runs;
  private final Map<String, List<ScalingLaw>> laws;

  private TextLosses(List<TaskData.Run> runs, Map<String, List<ScalingLaw>> laws) {
    this.runs = runs;
    this.laws = laws;
  }

  /// Fits the loss of every text that all `runs` have, where it is positive.
  static TextLosses of(List<TaskData.Run> runs, boolean sized) {
    Set<String> texts = new TreeSet<>(runs.getFirst().texts().keySet());
    runs.forEach(run -> texts.retainAll(run.texts().keySet()));
    texts.removeIf(text -> runs.stream().anyMatch(run -> !(run.texts().get(text) > 0)));
    Map<String, List<ScalingLaw>> laws = new LinkedHashMap<>();
    for (String text : texts) {
      List<Observation> seen = runs.stream().map(r -> r.observed(r.texts().get(text))).toList();
      laws.put(text, List.copyOf(laws(seen, sized).values()));
    }
    return new TextLosses(runs, laws);
  }

  /// Plain least-squares laws of a loss, by name: a power law in compute, and Chinchilla's.
  static Map<String, ScalingLaw> laws(List<Observation> runs, boolean sized) {
    Map<String, ScalingLaw> laws = new LinkedHashMap<>();
    LawFamily power = new PowerFamily();
    if (power.suits(runs)) {
      laws.put(power.form(), power.fit(runs));
    }
    LawFamily chinchilla = new ChinchillaFamily();
    if (sized && runs.size() >= chinchilla.minRuns() && chinchilla.suits(runs)) {
      laws.put(chinchilla.form(), chinchilla.fit(runs));
    }
    return laws;
  }

  boolean isEmpty() {
    return laws.isEmpty() || laws.values().stream().anyMatch(List::isEmpty);
  }

  /// The task loss of a run at `target`, given the same runs' task losses.
  Slopes slopes(List<TaskData.Run> same) {
    List<Slope> slopes = new ArrayList<>();
    for (Map.Entry<String, List<ScalingLaw>> text : laws.entrySet()) {
      slopes.add(slope(text.getKey(), text.getValue(), same));
    }
    return new Slopes(slopes);
  }

  private Slope slope(String text, List<ScalingLaw> own, List<TaskData.Run> same) {
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < same.size(); i++) {
      meanX += Math.log(runs.get(i).texts().get(text)) / same.size();
      meanY += Math.log(same.get(i).loss()) / same.size();
    }
    double covariance = 0;
    double variance = 0;
    double total = 0;
    for (int i = 0; i < same.size(); i++) {
      double x = Math.log(runs.get(i).texts().get(text)) - meanX;
      double y = Math.log(same.get(i).loss()) - meanY;
      covariance += x * y;
      variance += x * x;
      total += y * y;
    }
    double power = variance > 0 ? covariance / variance : 0;
    double residual = Math.max(0, total - power * covariance) / same.size();
    return new Slope(own, meanX, meanY, power, 1 / (residual + EXACT));
  }

  /// log task loss = `meanY + power (log text loss - meanX)`.
  private record Slope(
      List<ScalingLaw> laws, double meanX, double meanY, double power, double weight) {
    double logLoss(Target at) {
      double x = 0;
      for (ScalingLaw law : laws) {
        x += Math.log(law.predict(at)) / laws.size();
      }
      return meanY + power * (x - meanX);
    }
  }

  /// The average over texts.
  record Slopes(List<Slope> slopes) {
    double loss(Target at) {
      double sum = 0;
      double weights = 0;
      for (Slope slope : slopes) {
        sum += slope.weight() * slope.logLoss(at);
        weights += slope.weight();
      }
      return Math.exp(sum / weights);
    }
  }
}

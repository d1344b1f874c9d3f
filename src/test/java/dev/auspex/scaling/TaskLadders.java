package dev.auspex.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Made-up ladders of runs with checkpoints: Chinchilla's law for two texts and a task's loss, and
/// a Hill curve from that to accuracy.
final class TaskLadders {
  static final AccuracyLink.Curve CURVE =
      new AccuracyLink.Curve(AccuracyLink.HILL, 0.25, 1, 5, Math.log(0.85));

  private TaskLadders() {}

  /// Runs of four sizes and three lengths with `noise` in accuracy; one task rises, one is a coin.
  static List<RunRecord> runs(double noise) {
    Random random = new Random(11);
    List<RunRecord> runs = new ArrayList<>();
    for (double parameters : new double[] {2e8, 4e8, 8e8, 1.6e9}) {
      for (double ratio : new double[] {20, 60, 200}) {
        List<Map<String, Double>> trace = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
          trace.add(metrics(parameters, parameters * ratio * i / 30, noise, random));
        }
        runs.add(
            new RunRecord(
                "%.0e-%s".formatted(parameters, ratio),
                point(parameters, parameters * ratio),
                0,
                trace.getLast(),
                trace));
      }
    }
    return runs;
  }

  /// A run fifty times as large, without noise.
  static RunRecord target() {
    Map<String, Double> metrics = metrics(7e9, 2e12, 0, new Random(1));
    return new RunRecord("big", point(7e9, 2e12), 0, metrics, List.of());
  }

  static Target point(double parameters, double tokens) {
    return new Target(6 * parameters * tokens, parameters, tokens);
  }

  private static Map<String, Double> metrics(
      double parameters, double tokens, double noise, Random random) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    double loss = 0.5 + 60 / Math.pow(parameters, 0.28) + 110 / Math.pow(tokens, 0.24);
    metrics.put("web", 1.7 * loss * Math.exp(0.002 * random.nextGaussian()));
    metrics.put("books", 1.6 * loss * Math.exp(0.002 * random.nextGaussian()));
    metrics.put("bpb:quiz", loss * Math.exp(noise * random.nextGaussian()));
    metrics.put("accuracy:quiz", CURVE.accuracy(loss) + noise * random.nextGaussian());
    metrics.put("bpb:coin", loss * Math.exp(noise * random.nextGaussian()));
    metrics.put("accuracy:coin", 0.5 + 2 * noise * random.nextGaussian());
    return metrics;
  }
}

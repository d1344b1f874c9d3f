package dev.auspex.cli;

import dev.auspex.eval.Outcome;
import dev.auspex.eval.Summary;
import dev.auspex.scaling.DifficultyBuckets;
import dev.auspex.scaling.Observation;
import dev.auspex.scaling.Score;
import dev.auspex.scaling.Sealed;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A capability forecast in words for people and as a document, with what came where it is known.
final class CapabilityReport {
  private final Capability capability;
  private final PrintStream out;

  CapabilityReport(Capability capability, PrintStream out) {
    this.capability = capability;
    this.out = out;
  }

  /// Prints everything and returns it; `hits` and `held` are null until the target has ended.
  Map<String, Object> document() {
    boolean finished = capability.finished();
    List<List<Integer>> sorted = capability.buckets();
    List<Map<String, Object>> buckets = new ArrayList<>();
    for (int number = 1; number <= sorted.size(); number++) {
      buckets.add(bucket(number, sorted.get(number - 1)));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("buckets", buckets);
    int kept = sorted.stream().mapToInt(List::size).sum();
    document.put("dropped", capability.problems().size() - kept);
    long hits = count(buckets, "hit", true);
    boolean held = hits >= capability.config().hits() && count(buckets, "seal_valid", false) == 0;
    document.put("hits", finished ? hits : null);
    document.put("held", finished ? held : null);
    document.put("inverse", inverse(finished));
    if (finished) {
      say(
          "%d of %d buckets within %.0f%%: the forecast %s",
          hits,
          buckets.size(),
          100 * capability.config().tolerance(),
          held ? "held" : "did NOT hold");
    }
    return document;
  }

  private static long count(List<Map<String, Object>> rows, String key, boolean value) {
    return rows.stream().filter(row -> Boolean.valueOf(value).equals(row.get(key))).count();
  }

  private Map<String, Object> bucket(int number, List<Integer> problems) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("bucket", number);
    row.put("problems", problems.size());
    row.put("ladder", ladder(problems));
    String name = "bucket %d (%d problems): ".formatted(number, problems.size());
    Optional<Sealed> sealed = capability.sealed(number);
    if (sealed.isEmpty()) {
      String reason = capability.reason(number).orElseThrow();
      row.put("not_forecastable", reason);
      say("%snot forecastable: %s", name, reason);
      if (capability.finished()) {
        row.put("actual", capability.actual(number));
        say("%scame %.4f", name, capability.actual(number));
      }
      return row;
    }
    row.put("seal", sealed.get().seal());
    row.put("predicted", sealed.get().interval().predicted());
    row.put("low", sealed.get().interval().low());
    row.put("high", sealed.get().interval().high());
    row.put("compute_ratio", sealed.get().computeRatio());
    say(
        "%s-mean log pass rate %.4f (%.4f to %.4f) at %.0fx",
        name,
        sealed.get().interval().predicted(),
        sealed.get().interval().low(),
        sealed.get().interval().high(),
        sealed.get().computeRatio());
    if (capability.finished()) {
      score(row, name, capability.score(number).orElseThrow());
    }
    return row;
  }

  private void score(Map<String, Object> row, String name, Score score) {
    boolean hit = Math.abs(score.relativeError()) <= capability.config().tolerance();
    row.put("actual", score.actual());
    row.put("relative_error", score.relativeError());
    row.put("inside", score.inside());
    row.put("hit", hit);
    row.put("seal_valid", score.sealValid());
    say(
        "%scame %.4f: error %+.1f%%, %s, %s the interval",
        name,
        score.actual(),
        100 * score.relativeError(),
        hit ? "hit" : "MISS",
        score.inside() ? "inside" : "outside");
  }

  private List<Map<String, Object>> ladder(List<Integer> problems) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Observation rung : capability.ladder()) {
      List<Double> costs = Capability.costs(capability.exam(capability.rung(rung), rung.name()));
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("run", rung.name());
      row.put("flops", rung.flops());
      row.put("neg_mean_log_pass", DifficultyBuckets.mean(costs, problems));
      rows.add(row);
    }
    return rows;
  }

  private List<Map<String, Object>> inverse(boolean finished) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Observation rung : capability.ladder()) {
      rows.add(
          inverse(
              rung.name(), rung.flops(), capability.inverse(capability.rung(rung), rung.name())));
    }
    if (finished) {
      rows.add(inverse("target", capability.targetFlops(), capability.inverseOfTarget()));
    }
    return rows;
  }

  private Map<String, Object> inverse(String name, double flops, List<Outcome> outcomes) {
    long seed = capability.config().seed();
    double level = capability.config().level();
    Summary rate = Summary.of(outcomes, Outcome::rate, level, seed);
    Summary cost = Summary.of(outcomes, outcome -> -outcome.logRate(), level, seed);
    say(
        "%s, %s at %.2e FLOPs: pass rate %.4f (%.4f to %.4f), -mean log %.3f",
        capability.config().inverse(),
        name,
        flops,
        rate.score(),
        rate.low(),
        rate.high(),
        cost.score());
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("run", name);
    row.put("flops", flops);
    row.put("pass_rate", rate.score());
    row.put("low", rate.low());
    row.put("high", rate.high());
    row.put("neg_mean_log_pass", cost.score());
    return row;
  }

  private void say(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
  }
}

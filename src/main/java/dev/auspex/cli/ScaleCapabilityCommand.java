package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.eval.Outcome;
import dev.auspex.eval.Summary;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.CapabilityConfig;
import dev.auspex.scaling.CapabilityForecaster.BucketForecast;
import dev.auspex.scaling.DifficultyBuckets;
import dev.auspex.scaling.Observation;
import dev.auspex.scaling.Score;
import dev.auspex.scaling.Sealed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex scale capability`: seals the forecast of pass rates bucket by bucket before the target
/// trains, and scores it afterwards.
@Command(
    name = "capability",
    description = {
      "Forecast mean log pass rate by difficulty, from a ladder that scale run has trained.",
      "Before the target trains: examines the ladder and seals a forecast for each bucket.",
      "After it: examines the target and scores them all; exit code 3 when too few are hits."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  auspex data tasks --out tasks",
      "  auspex scale run --target capability --ratio 100 --data tasks/train --dir runs/capable",
      "  auspex scale capability --run runs/capable",
      "  auspex train --resume runs/capable",
      "  auspex scale capability --run runs/capable"
    })
final class ScaleCapabilityCommand implements Callable<Integer> {
  private static final int MISSED = 3;

  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "The target's run folder, which holds its ladder.")
  private Path dir = Path.of("");

  @Option(names = "--rule", description = "YAML file laid over the preset capability-exam.")
  private @Nullable Path rule;

  @Parameters(paramLabel = "key=value", description = "Settings that override the rule.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public Integer call() {
    RunFolder run = RunFolder.open(dir);
    if (!Files.isRegularFile(run.ladder())) {
      throw new ConfigException(
          "--run (%s) must hold a finished ladder; make it with scale run --dir %s"
              .formatted(dir, dir));
    }
    Config layers = Config.empty().preset("capability-exam");
    CapabilityConfig wanted =
        (rule == null ? layers : layers.file(rule))
            .overrides(overrides)
            .load(CapabilityConfig.class);
    Capability capability = new Capability(run, wanted, TerminalProgress.create());
    capability.seal();
    List<Score> scores = Files.isRegularFile(run.result()) ? capability.score() : List.of();
    return report(run, capability, scores);
  }

  private int report(RunFolder run, Capability capability, List<Score> scores) {
    List<Map<String, Object>> buckets = buckets(run, capability, scores);
    long hits = buckets.stream().filter(bucket -> Boolean.TRUE.equals(bucket.get("hit"))).count();
    boolean held = hits >= capability.config().hits() && scores.stream().allMatch(Score::sealValid);
    if (!scores.isEmpty()) {
      output
          .human()
          .printf(
              Locale.ROOT,
              "%d of %d buckets within %.0f%%: the forecast %s%n",
              hits,
              buckets.size(),
              100 * capability.config().tolerance(),
              held ? "held" : "did NOT hold");
    } else {
      output.human().printf("sealed; train it with: auspex train --resume %s%n", dir);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("buckets", buckets);
    document.put("dropped", dropped(capability));
    document.put("hits", scores.isEmpty() ? null : hits);
    document.put("held", scores.isEmpty() ? null : held);
    document.put("inverse", inverse(run, capability, !scores.isEmpty()));
    output.print(document);
    return scores.isEmpty() || held ? 0 : MISSED;
  }

  private static int dropped(Capability capability) {
    return capability.problems().size() - capability.buckets().stream().mapToInt(List::size).sum();
  }

  private List<Map<String, Object>> buckets(
      RunFolder run, Capability capability, List<Score> scores) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (List<Integer> problems : capability.buckets()) {
      int number = rows.size() + 1;
      Sealed sealed =
          capability.register().sealedFor(run.root(), BucketForecast.part(number)).orElseThrow();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("bucket", number);
      row.put("problems", problems.size());
      row.put("ladder", ladder(capability, problems));
      row.put("seal", sealed.seal());
      row.put("predicted", sealed.interval().predicted());
      row.put("low", sealed.interval().low());
      row.put("high", sealed.interval().high());
      row.put("compute_ratio", sealed.computeRatio());
      String came = "";
      if (!scores.isEmpty()) {
        Score score = scores.get(number - 1);
        boolean hit = Math.abs(score.relativeError()) <= capability.config().tolerance();
        row.put("actual", score.actual());
        row.put("relative_error", score.relativeError());
        row.put("inside", score.inside());
        row.put("hit", hit);
        row.put("seal_valid", score.sealValid());
        came =
            String.format(
                Locale.ROOT,
                ", came %.4f: error %+.1f%%, %s",
                score.actual(),
                100 * score.relativeError(),
                hit ? "hit" : "MISS");
      }
      output
          .human()
          .printf(
              Locale.ROOT,
              "bucket %d (%d problems): -mean log pass rate %.4f (%.4f to %.4f) at %.0fx%s%n",
              number,
              problems.size(),
              sealed.interval().predicted(),
              sealed.interval().low(),
              sealed.interval().high(),
              sealed.computeRatio(),
              came);
      rows.add(row);
    }
    return rows;
  }

  private static List<Map<String, Object>> ladder(Capability capability, List<Integer> problems) {
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

  private List<Map<String, Object>> inverse(
      RunFolder run, Capability capability, boolean finished) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Observation rung : capability.ladder()) {
      rows.add(
          inverse(
              capability,
              rung.name(),
              rung.flops(),
              capability.inverse(capability.rung(rung), rung.name())));
    }
    if (finished) {
      double flops = Config.read(run.config(), dev.auspex.train.TrainConfig.class).flops();
      rows.add(inverse(capability, "target", flops, capability.inverse(run.root(), "target")));
    }
    return rows;
  }

  private Map<String, Object> inverse(
      Capability capability, String name, double flops, List<Outcome> outcomes) {
    long seed = capability.config().seed();
    double level = capability.config().level();
    Summary rate = Summary.of(outcomes, Outcome::rate, level, seed);
    Summary cost = Summary.of(outcomes, outcome -> -outcome.logRate(), level, seed);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%s, %s at %.2e FLOPs: pass rate %.4f (%.4f to %.4f), -mean log %.3f%n",
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
}

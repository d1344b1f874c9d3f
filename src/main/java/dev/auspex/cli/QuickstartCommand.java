package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Progress;
import dev.auspex.report.ReportWriter;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.Interval;
import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.Observation;
import dev.auspex.scaling.Score;
import dev.auspex.scaling.Sealed;
import dev.auspex.train.TrainResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex quickstart`: corpus, ladder, sealed forecast, training, score, samples and report, in
/// minutes. Interrupted, the same command goes on where it was.
@Command(
    name = "quickstart",
    description = {
      "Watch a model be forecast, trained, scored and reported on, in minutes.",
      "The corpus is the source code that ships with the JDK, or --data PATH."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex quickstart --dashboard",
      "  auspex quickstart --data my-texts/ --seed 7"
    })
final class QuickstartCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Mixin private WatchOptions watch = new WatchOptions();

  @Option(names = "--dir", description = "Folder of the run (default: runs/quickstart).")
  private Path dir = RunFolder.DEFAULT_PARENT.resolve("quickstart");

  @Option(names = "--seed", description = "Seed of data order and starting values (default: 1).")
  private long seed = 1;

  @Option(names = "--data", description = "Text or a dataset folder (default: the JDK's sources).")
  private @Nullable Path data;

  @Option(names = "--minutes", description = "About how long training may take (default: 8).")
  private @Nullable Double minutes;

  private final Interruption interruption;
  private final List<Map<String, Object>> stages = new ArrayList<>();
  private final Progress progress = TerminalProgress.create();

  QuickstartCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() {
    try (WatchOptions.Watching _ = watch.open(dir, output.human())) {
      return run();
    }
  }

  private int run() {
    long start = System.nanoTime();
    LadderConfig plan = plan();
    rememberPlan(plan);
    ScaleRun run = new ScaleRun(dir, plan, interruption, progress);
    Path dataset = stage("data", run::dataset, Path::toString);
    Optional<List<Observation>> ladder =
        stage("ladder", () -> run.ladder(dataset, 1), found -> found.map(List::size).orElse(0));
    if (ladder.isEmpty()) {
      return stopped();
    }
    Sealed sealed = stage("forecast", () -> run.seal(ladder.get(), dataset), Sealed::seal);
    tellForecast(sealed);
    Optional<TrainResult> result =
        stage(
            "train",
            new TrainingRun(run.folder(), interruption, progress)::run,
            found -> found.map(TrainResult::heldoutBpb).orElse(Double.NaN));
    if (result.isEmpty()) {
      return stopped();
    }
    Score score = stage("score", () -> run.register().score(dir), Score::inside);
    stage("samples", () -> samples(run, dataset), Path::toString);
    Path report =
        stage(
            "report", () -> ReportWriter.write(dir, run.folder().report()).page(), Path::toString);
    finish((System.nanoTime() - start) / 1e9, score, report);
    return 0;
  }

  private LadderConfig plan() {
    LadderConfig plan =
        ScaleRun.plan("quickstart", overrides())
            .withData((data != null ? data : jdkSources()).toString());
    return minutes == null ? plan : plan.within(minutes);
  }

  /// The seed, and for the JDK's sources the parts written by people: tables of locales and
  /// character sets repeat themselves and would be learnt by heart. How their loss bends is known
  /// for the preset's length only.
  private List<String> overrides() {
    List<String> overrides = new ArrayList<>(List.of("base.seed=" + seed));
    if (data == null) {
      String include =
          "{java.base/{java,jdk},java.desktop/{java,javax},jdk.compiler/com,java.xml/com}";
      overrides.add("base.text.include=[\"" + include + "/**/*.java\"]");
      if (minutes == null) {
        overrides.add("assume=measured-bend");
      }
    }
    return overrides;
  }

  static Path jdkSources() {
    Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    if (!Files.isRegularFile(sources)) {
      throw new ConfigException(
          "--data () must name text, for this JDK ships no lib/src.zip; give a folder of texts");
    }
    return sources;
  }

  /// Goes on only with the plan the folder was begun with.
  private void rememberPlan(LadderConfig plan) {
    Path file = dir.resolve("plan.yaml");
    String yaml = Config.toYaml(plan);
    if (!Files.exists(file)) {
      AtomicFiles.writeString(file, yaml);
    } else if (!Config.toYaml(Config.read(file, LadderConfig.class)).equals(yaml)) {
      throw new ConfigException(
          "--dir (%s) must be new, for it was begun with other settings; name another folder"
              .formatted(dir));
    }
  }

  private Path samples(ScaleRun run, Path dataset) {
    Path out = run.folder().samples();
    if (!Files.isRegularFile(out)) {
      Samples.write(run.folder().model(), dataset, out, seed);
    }
    return out;
  }

  private <T> T stage(String name, Supplier<T> work, java.util.function.Function<T, Object> show) {
    long start = System.nanoTime();
    T value = work.get();
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("name", name);
    entry.put("seconds", Math.round((System.nanoTime() - start) / 1e7) / 100.0);
    entry.put("result", show.apply(value));
    stages.add(entry);
    output.human().printf(Locale.ROOT, "%-9s %6.1f s%n", name, entry.get("seconds"));
    return value;
  }

  private void tellForecast(Sealed sealed) {
    Interval interval = sealed.interval();
    output
        .human()
        .printf(
            Locale.ROOT,
            "sealed before training, at %.1fx the compute of the ladder's largest run:%n"
                + "  %.4f bits per byte, %.0f%% interval %.4f to %.4f (+-%.1f%%)%n",
            sealed.computeRatio(),
            interval.predicted(),
            100 * sealed.level(),
            interval.low(),
            interval.high(),
            100 * interval.relativeHalfWidth());
    if (data != null || minutes != null) {
      sealed.warnings().forEach(warning -> output.human().println("  " + warning));
    }
  }

  private int stopped() {
    output.human().println("stopped; the same command goes on from here");
    return ExitCodes.INTERRUPTED;
  }

  private void finish(double seconds, Score score, Path report) {
    output
        .human()
        .printf(
            Locale.ROOT,
            "%npredicted %.4f bits per byte (%.4f to %.4f), came %.4f: error %+.2f%%, %s%n"
                + "took %.0f s; report: %s%n",
            score.predicted(),
            score.low(),
            score.high(),
            score.actual(),
            100 * score.relativeError(),
            score.inside() ? "inside the interval" : "OUTSIDE the interval",
            seconds,
            report);
    if (output.json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("seconds", seconds);
      document.put("forecast", score);
      document.put("model", dir.resolve("model").toString());
      document.put("report", report.toString());
      document.put("stages", stages);
      output.print(document);
    }
  }
}

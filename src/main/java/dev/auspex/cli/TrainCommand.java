package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.train.SpeedProbe;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex train`: pre-trains one model, or goes on with a run that was left.
@Command(
    name = "train",
    description = "Pre-train a model on text, or continue a run with --resume.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex train --preset shakespeare-char --data shakespeare.txt --minutes 3",
      "  auspex train --config my.yaml model.num_layers=6 --dry-run",
      "  auspex train --preset tiny --data texts/ --dashboard",
      "  auspex train --resume runs/shakespeare-char"
    })
final class TrainCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  @Mixin private JsonOption output = new JsonOption();

  @Mixin private WatchOptions watch = new WatchOptions();

  @Option(names = "--preset", description = "Start from a named preset.")
  private @Nullable String preset;

  @Option(names = "--config", description = "Start from, or change the preset by, a YAML file.")
  private @Nullable Path config;

  @Parameters(paramLabel = "key=value", description = "Settings that override the files.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--data", description = "A dataset folder, or text to make one of.")
  private @Nullable Path data;

  @Option(names = "--dir", description = "Run folder (default: runs/PRESET).")
  private @Nullable Path dir;

  @Option(names = "--seed", description = "Seed of data order and starting values.")
  private @Nullable Long seed;

  @Option(names = "--minutes", description = "Choose the steps so that training takes this long.")
  private @Nullable Double minutes;

  @Option(names = "--workers", description = "Worker processes on this machine (only 1 so far).")
  private int workers = 1;

  @Option(names = "--resume", description = "Continue this run folder; needs nothing else.")
  private @Nullable Path resume;

  @Option(names = "--dry-run", description = "Print the settings and what they cost, then stop.")
  private boolean dryRun;

  private final Interruption interruption;

  TrainCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() {
    if (workers != 1) {
      throw new ConfigException("--workers (" + workers + ") must be 1 in this version");
    }
    if (resume != null) {
      RunFolder folder = RunFolder.open(resume);
      try (WatchOptions.Watching _ = watch.open(resume, output.human())) {
        return finish(folder, TerminalProgress.create());
      }
    }
    TrainConfig settings = settings();
    if (dryRun) {
      printCosts(settings);
      return 0;
    }
    if (settings.data().isEmpty()) {
      throw new ConfigException("data () must name text or a dataset; give --data PATH");
    }
    try (WatchOptions.Watching _ = watch.open(runRoot(), output.human())) {
      return begin(settings);
    }
  }

  private int begin(TrainConfig settings) {
    Progress progress = TerminalProgress.create();
    RunFolder folder = RunFolder.create(runRoot());
    Path dataset = TextData.datasetFor(settings, folder, progress);
    TrainConfig resolved = settings.withData(dataset.toString());
    if (minutes != null) {
      resolved = lasting(resolved, minutes);
    }
    new TrainingRun(folder, interruption, progress).prepare(resolved, dataset);
    return finish(folder, progress);
  }

  private TrainConfig settings() {
    if (preset == null && config == null) {
      throw new ConfigException(
          "--preset or --config () must be given; presets: "
              + String.join(", ", Config.presetNames()));
    }
    List<String> all = new ArrayList<>();
    if (data != null) {
      all.add("data=\"" + data + "\"");
    }
    if (seed != null) {
      all.add("seed=" + seed);
    }
    all.addAll(overrides);
    Config layers = Config.empty();
    if (preset != null) {
      layers = layers.preset(preset);
    }
    if (config != null) {
      layers = layers.file(config);
    }
    return layers.overrides(all).load(TrainConfig.class);
  }

  private Path runRoot() {
    return dir != null ? dir : RunFolder.DEFAULT_PARENT.resolve(preset != null ? preset : "train");
  }

  private static TrainConfig lasting(TrainConfig settings, double minutes) {
    if (!(minutes > 0)) {
      throw new ConfigException("--minutes (" + minutes + ") must be above 0");
    }
    Threads.use(settings.threads());
    try (TokenDataset dataset = TokenDataset.open(Path.of(settings.data()))) {
      double rate = SpeedProbe.tokensPerSecond(settings, dataset);
      long steps = (long) (minutes * 60 * 0.95 * rate / settings.batchTokens());
      return settings.withSteps(Math.max(1, steps));
    }
  }

  private int finish(RunFolder folder, Progress progress) {
    Optional<TrainResult> result = new TrainingRun(folder, interruption, progress).run();
    if (result.isEmpty()) {
      return INTERRUPTED;
    }
    TrainResult r = result.get();
    output
        .human()
        .printf(
            "%,d steps, %,d tokens in %.0f s (%,.0f tokens/s)%n"
                + "held-out loss %.4f nats per token, %.4f bits per byte%nmodel: %s%n",
            r.step(),
            r.tokens(),
            r.seconds(),
            r.tokensPerSecond(),
            r.heldoutLoss(),
            r.heldoutBpb(),
            r.model());
    if (output.json) {
      output.print(r);
    }
    return 0;
  }

  private void printCosts(TrainConfig settings) {
    output.human().print(Config.toYaml(settings));
    output
        .human()
        .printf(
            "# parameters %,d, FLOPs per token %,d, tokens %,d, FLOPs %.3g%n",
            settings.model().numParams(),
            settings.model().flopsPerToken(),
            settings.tokens(),
            settings.flops());
    if (output.json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("config", Config.toTree(settings));
      document.put("parameters", settings.model().numParams());
      document.put("flops_per_token", settings.model().flopsPerToken());
      document.put("tokens", settings.tokens());
      document.put("flops", settings.flops());
      output.print(document);
    }
  }
}

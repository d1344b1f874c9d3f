package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.WorkerLostException;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.train.DisagreementException;
import dev.auspex.train.MemoryPlan;
import dev.auspex.train.SpeedProbe;
import dev.auspex.train.TextTraining;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainResult;
import dev.auspex.train.TrainingData;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `auspex train`: pre-trains one model, or goes on with a run that was left.
@Command(
    name = "train",
    description = {
      "Pre-train a model on text, train a given one further (--init, by LoRA where the settings have"
          + " a part lora), or continue a run with --resume."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex train --preset shakespeare-char --data shakespeare.txt --minutes 3",
      "  auspex train --config my.yaml model.num_layers=6 --dry-run",
      "  auspex train --preset tiny --data texts/ --dashboard",
      "  auspex train --preset pictures --data pictures/ --minutes 20",
      "  auspex train --preset finetune --init models/stories --data texts/ --dir runs/tuned",
      "  auspex train --preset lora --init Qwen3-0.6B/ --data texts/ lora.rank=16 lora.alpha=32",
      "  auspex train --preset lora --init m/ --data texts/ 'lora.target_modules=[q_proj, v_proj]'",
      "  auspex train --resume runs/shakespeare-char",
      "  AUSPEX_DEVICE=cuda:1 auspex train ...    (or cpu, or what libtorch has; default: the first"
          + " CUDA device)"
    })
final class TrainCommand implements Callable<Integer> {
  /// What a run's own `config.yaml` decides when it is resumed.
  private static final List<String> DECIDED =
      List.of(
          "--preset",
          "--config",
          "--init",
          "--data",
          "--dir",
          "--seed",
          "--minutes",
          "--memory",
          "--dry-run");

  @Spec private CommandSpec spec;

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

  @Option(
      names = "--init",
      paramLabel = "MODEL",
      description = {
        "Start from this model, whatever generate --model takes. It decides model.* (only"
            + " context_length may be smaller) and the vocabulary; the run keeps a copy."
      })
  private @Nullable Path init;

  @Option(names = "--dir", description = "Run folder (default: runs/PRESET).")
  private @Nullable Path dir;

  @Option(names = "--seed", description = "Seed of data order and starting values.")
  private @Nullable Long seed;

  @Option(names = "--minutes", description = "Choose the steps so that training takes this long.")
  private @Nullable Double minutes;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description = "Choose a new run's micro-batch so that each worker stays below this, as 6g.")
  private @Nullable ByteSize memory;

  @Option(names = "--workers", description = "Worker processes on this machine (default: 1).")
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
    if (workers < 1) {
      throw new ConfigException("--workers (" + workers + ") must be at least 1");
    }
    if (resume != null) {
      requireNothingElse(resume);
    } else if (dryRun) {
      printCosts(settings());
      return 0;
    }
    Progress progress = TerminalProgress.create();
    if (!Workers.leads(System.getenv())) {
      return work(progress);
    }
    Path root = resume != null ? RunFolder.open(resume).root() : runRoot();
    try (WatchOptions.Watching _ = watch.open(root, output.human())) {
      return workers > 1 ? launch(progress) : work(progress);
    }
  }

  /// Another micro-batch, seed or text would be another run, with other bits.
  private void requireNothingElse(Path run) {
    List<String> given = new ArrayList<>(overrides);
    DECIDED.stream()
        .filter(spec.commandLine().getParseResult()::hasMatchedOption)
        .forEach(given::add);
    if (!given.isEmpty()) {
      throw new ConfigException(
          "%s must be left out with --resume, for the run goes on to the same bits by %s; begin another run for other settings"
              .formatted(String.join(", ", given), new RunFolder(run).config()));
    }
  }

  private int launch(Progress progress) {
    RunFolder folder = resume != null ? RunFolder.open(resume) : prepare(progress);
    Config.read(folder.config(), TrainConfig.class).requireLanesFor(workers);
    int code = new WorkerLauncher(folder, workers, interruption, progress).run();
    if (code == 0) {
      tell(Json.read(folder.result(), TrainResult.class));
    }
    return code;
  }

  /// One worker's part: the first prepares the run folder, all train in it.
  private int work(Progress progress) {
    try (Collective group = Workers.connect(System.getenv())) {
      return work(group, progress);
    }
  }

  private int work(Collective group, Progress progress) {
    RunFolder folder;
    if (group.rank() == 0) {
      folder = resume != null ? RunFolder.open(resume) : prepare(progress);
      group.barrier();
    } else {
      group.barrier();
      folder = RunFolder.open(resume != null ? resume : runRoot());
    }
    try {
      Optional<TrainResult> result = new TrainingRun(folder, interruption, progress).run(group);
      result.ifPresent(this::tell);
      boolean stopped = result.isEmpty() && (group.rank() == 0 || interruption.requested());
      return stopped ? ExitCodes.INTERRUPTED : 0;
    } catch (WorkerLostException | DisagreementException e) {
      progress.warn(e.getMessage());
      // its threads may wait for the lost worker for ever
      Runtime.getRuntime().halt(ExitCodes.INTERRUPTED);
      throw e;
    }
  }

  private RunFolder prepare(Progress progress) {
    TrainConfig settings = settings();
    if (settings.data().isEmpty()) {
      throw new ConfigException("data () must name text or a dataset; give --data PATH");
    }
    if (Workers.isWorker(System.getenv()) && RunFolder.isRun(runRoot())) {
      return RunFolder.open(runRoot()); // a launcher starts lost workers again by the same command
    }
    RunFolder folder = RunFolder.create(runRoot());
    if (settings.vision() != null) {
      return preparePictures(settings, folder, progress);
    }
    Path dataset = TextData.datasetFor(settings, folder, progress);
    TrainConfig resolved =
        InitialModel.copied(settings.withData(dataset.toString()), folder, progress);
    if (minutes != null) {
      try (TokenDataset open = TokenDataset.open(dataset)) {
        resolved = lasting(resolved, minutes, new TextTraining(resolved, open));
      }
    }
    new TrainingRun(folder, interruption, progress).prepare(resolved, dataset);
    return folder;
  }

  private RunFolder preparePictures(TrainConfig settings, RunFolder folder, Progress progress) {
    TrainConfig resolved = InitialModel.copied(settings, folder, progress);
    Tokenizer tokenizer =
        resolved.base() == null
            ? RunData.vocabulary(settings, progress)
            : InitialModel.pictureEncoder(resolved.base()).tokenizer();
    TrainingRun run = new TrainingRun(folder, interruption, progress);
    run.prepare(resolved, tokenizer);
    if (minutes != null) {
      try (RunData data = RunData.open(resolved, folder, progress)) {
        resolved = lasting(resolved, minutes, data.training());
      }
      run.prepare(resolved, tokenizer);
    }
    return folder;
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
    if (init != null) {
      all.add("init=\"" + init + "\"");
    }
    all.addAll(overrides);
    Config start = preset == null ? Config.empty() : Config.empty().preset(preset);
    Config layers = given(start, all);
    TrainConfig settings =
        layers.tree().path("init").isString()
            ? InitialModel.settings(layers.tree(), given(Config.empty(), all).tree())
            : layers.load(TrainConfig.class);
    TrainConfig fitting =
        memory == null ? settings : MemoryPlan.within(settings, memory.bytes(), workers);
    fitting.requireLanesFor(workers);
    return fitting;
  }

  /// What the user set, laid over a preset.
  private Config given(Config below, List<String> assignments) {
    return (config == null ? below : below.file(config)).overrides(assignments);
  }

  private Path runRoot() {
    return dir != null ? dir : RunFolder.DEFAULT_PARENT.resolve(preset != null ? preset : "train");
  }

  private static TrainConfig lasting(TrainConfig settings, double minutes, TrainingData data) {
    if (!(minutes > 0)) {
      throw new ConfigException("--minutes (" + minutes + ") must be above 0");
    }
    Engine.start(settings.threads());
    double probe = Math.clamp(2 * minutes, 2, 24); // seconds: a thirtieth of the time
    double rate = SpeedProbe.tokensPerSecond(settings, data, probe);
    long steps = (long) (minutes * 60 * 0.95 * rate / settings.batchTokens());
    return settings.withSteps(Math.max(1, steps));
  }

  private void tell(TrainResult r) {
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
  }

  private void printCosts(TrainConfig settings) {
    output.human().print(Config.toYaml(settings));
    output
        .human()
        .printf(
            "# parameters %,d, of them trained %,d, memory about %,d MB a worker,%n"
                + "# FLOPs per token %,d, tokens %,d, FLOPs %.3g%n",
            settings.numParams(),
            settings.numTrained(),
            MemoryPlan.bytes(settings, workers) >> 20,
            settings.flopsPerToken(),
            settings.tokens(),
            settings.flops());
    if (output.json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("config", Config.toTree(settings));
      document.put("parameters", settings.numParams());
      document.put("trained_parameters", settings.numTrained());
      document.put("flops_per_token", settings.flopsPerToken());
      document.put("tokens", settings.tokens());
      document.put("flops", settings.flops());
      document.put("memory_bytes", MemoryPlan.bytes(settings, workers));
      output.print(document);
    }
  }
}

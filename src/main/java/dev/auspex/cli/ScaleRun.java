package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.data.CacheTrigram;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.MetricsLog;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.Assumptions;
import dev.auspex.scaling.Forecast;
import dev.auspex.scaling.ForecastRegister;
import dev.auspex.scaling.Forecaster;
import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.Observation;
import dev.auspex.scaling.SealRequest;
import dev.auspex.scaling.Sealed;
import dev.auspex.scaling.Target;
import dev.auspex.train.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A target run and its ladder in one folder: `data/`, `ladder/`, and the files of
/// the target itself. Each stage leaves a file behind and is skipped when that file is there.
final class ScaleRun {
  /// The metric that ladders are judged by.
  static final String METRIC = "heldout_bpb";

  /// The preset whose forecasts `counted` was measured on.
  private static final String PRESET = "quickstart";

  /// What its largest run reads, and windows of held-out text.
  private static final int COUNTED_TOKENS = 1_375_488;

  private static final int COUNTED_WINDOWS = 2048;

  /// The sizes that `text-counted` was measured on, as {@link #sizes} has them.
  private static final List<Object> FAR_SIZES = List.of(3.0, 232, List.of(24, 32, 40));

  private final RunFolder folder;
  private final LadderConfig plan;
  private final Interruption interruption;
  private final Progress progress;

  ScaleRun(Path root, LadderConfig plan, Interruption interruption, Progress progress) {
    this.folder = new RunFolder(root);
    this.plan = plan;
    this.interruption = interruption;
    this.progress = progress;
  }

  RunFolder folder() {
    return folder;
  }

  /// The register beside the run folder, in which its forecast is sealed.
  ForecastRegister register() {
    return ForecastRegister.beside(folder.root());
  }

  /// Makes the dataset unless it is there.
  Path dataset() {
    return RunData.dataset(plan.base(), folder, progress);
  }

  /// The file whose hash tells the data from all others: the dataset's own, or the manifest of the
  /// ladder's last run, which holds the hash of all documents and pictures as the model sees them.
  private Path evidence(List<Observation> ladder, Path dataset) {
    return plan.base().vision() == null
        ? dataset.resolve("dataset.json")
        : LadderRunner.folder(folder.root(), ladder.getLast().name()).manifest();
  }

  /// Trains the ladder unless it is there; empty when interrupted.
  Optional<List<Observation>> ladder(Path dataset, double ratio) {
    if (Files.isRegularFile(folder.ladder())) {
      return Optional.of(finished(folder));
    }
    LadderConfig here = plan.withData(dataset.toString());
    here.shortRuns(ratio).ifPresent(progress::warn);
    repeats(here.target(), dataset).ifPresent(progress::warn);
    return new LadderRunner(folder.root(), interruption, progress)
        .run(here.rungs(ratio), here.trunks(ratio), dataset);
  }

  /// The runs of a ladder that is there; none where it is not.
  static List<Observation> finished(RunFolder folder) {
    return MetricsLog.read(folder.ladder()).stream()
        .map(line -> Json.MAPPER.treeToValue(line, Observation.class))
        .toList();
  }

  /// What to say where the target reads its text more than once, which the ladder's runs do not.
  private static Optional<String> repeats(TrainConfig target, Path dataset) {
    if (target.vision() != null) {
      return Optional.empty();
    }
    try (TokenDataset data = TokenDataset.open(dataset)) {
      long held = data.manifest().train().tokens();
      return target.tokens() <= held
          ? Optional.empty()
          : Optional.of(
              "the target reads its text %.2f times (%,d tokens of %,d), the ladder less than once; a forecast may be too low; add text or lower tokens_per_parameter"
                  .formatted((double) target.tokens() / held, target.tokens(), held));
    }
  }

  /// Forecasts and seals the target unless that is done.
  Sealed seal(List<Observation> ladder, Path dataset) {
    Optional<Sealed> done = register().sealedFor(folder.root());
    if (done.isPresent()) {
      return done.get();
    }
    TrainConfig target = plan.withData(dataset.toString()).target();
    new TrainingRun(folder, interruption, progress).prepare(target, dataset);
    Target size = new Target(target.flops(), target.numParams(), target.tokens());
    Forecast forecast =
        new Forecaster(assumptions(ladder, target, dataset)).forecast(ladder, size, plan.level());
    String description =
        "dim %d, %d layers".formatted(target.model().dim(), target.model().numLayers());
    return register()
        .seal(
            new SealRequest(
                folder.root(),
                METRIC,
                description,
                List.of(folder.ladder(), evidence(ladder, dataset)),
                forecast,
                Main.VERSION));
  }

  /// What the plan assumes. `counted` and `text-counted` are measured on the text; they are known
  // for
  /// the preset's recipe and sizes each of their own, and elsewhere give way to what is sure of
  /// nothing.
  private Assumptions assumptions(List<Observation> ladder, TrainConfig target, Path dataset) {
    String name = plan.assume();
    boolean far = name.equals(Assumptions.TEXT_COUNTED);
    if (!far && !name.equals(Assumptions.COUNTED)) {
      return Assumptions.named(name);
    }
    LadderConfig preset = plan(PRESET, List.of());
    List<Object> known = far ? FAR_SIZES : sizes(preset);
    long levels = ladder.stream().mapToDouble(Observation::flops).distinct().count();
    if (levels != plan.dims().size()
        || !sizes(plan).equals(known)
        || !recipe(plan).equals(recipe(preset))) {
      progress.warn(
          "assume (%s) is known for preset %s with tokens_per_parameter, target_dim and dims %s, not for other models, recipes or sizes; taking unmeasured-curve, whose interval is wide"
              .formatted(name, PRESET, known));
      return Assumptions.unmeasuredCurve();
    }
    int context = target.model().contextLength();
    try (TokenDataset data = TokenDataset.open(dataset)) {
      double loss =
          new CacheTrigram(data, context, COUNTED_TOKENS, target.seed())
              .loss(data.heldout(context, COUNTED_WINDOWS));
      double rounded = Math.round(1e4 * loss) / 1e4;
      return far ? Assumptions.textCounted(rounded) : Assumptions.counted(rounded);
    }
  }

  /// What decides how the losses of a plan's runs go on, beside the text and their sizes.
  private static List<Object> recipe(LadderConfig plan) {
    TrainConfig base = plan.base();
    return Arrays.asList(
        base.model(),
        base.vision(),
        base.optimizer(),
        base.schedule(),
        base.lookback(),
        plan.recipe(),
        plan.widthPerLayer(),
        plan.minLayers(),
        plan.horizons());
  }

  private static List<Object> sizes(LadderConfig plan) {
    return List.of(plan.tokensPerParameter(), plan.targetDim(), plan.dims());
  }

  /// The plan named on a command line: a preset or a file.
  static LadderConfig plan(String target, List<String> overrides) {
    Path file = Path.of(target);
    Config layers = Files.isRegularFile(file) ? Config.empty().file(file) : preset(target);
    return layers.overrides(overrides).load(LadderConfig.class);
  }

  private static Config preset(String name) {
    if (!Config.presetNames().contains(name)) {
      throw new ConfigException(
          "--target (%s) must be a file or a preset: %s"
              .formatted(name, String.join(", ", Config.presetNames())));
    }
    return Config.empty().preset(name);
  }
}

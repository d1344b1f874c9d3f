package dev.auspex.cli;

import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.VisionConfig;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.CheckPlan;
import dev.auspex.scaling.CheckPlan.Axis;
import dev.auspex.scaling.CheckPlan.Setting;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.scaling.RateSweep;
import dev.auspex.tensor.Tensor;
import dev.auspex.train.CoordinateCheck;
import dev.auspex.train.SpeedProbe;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainingData.Sequences;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongFunction;
import tools.jackson.databind.JsonNode;

/// Makes the measurements of `auspex scale check` in one folder; judging them is {@link
/// CheckFindings}'s.
final class ScaleCheck {
  /// Sequences of one batch of the coordinate check: sizes are means over many numbers anyway.
  private static final int SEQUENCES = 8;

  private static final double PROBE_SECONDS = 4;

  /// Times a sweep whose lowest rate lies at its edge is given one more rate.
  private static final int EXTENSIONS = 4;

  private final Path root;
  private final CheckPlan plan;
  private final Interruption interruption;
  private final Progress progress;

  ScaleCheck(Path root, CheckPlan plan, Interruption interruption, Progress progress) {
    this.root = root;
    this.plan = plan;
    this.interruption = interruption;
    this.progress = progress;
  }

  /// Sizes of activations after each of `steps` steps, for the shapes along width and depth.
  ///
  /// @param dataset where batches come from; empty for random tokens
  Map<Setting, List<CoordinateCheck.Sizes>> coordinates(
      Optional<Path> dataset, double tokens, int steps) {
    Set<Setting> shapes = new LinkedHashSet<>(plan.along(Axis.WIDTH, tokens));
    shapes.addAll(plan.along(Axis.DEPTH, tokens));
    Map<Setting, List<CoordinateCheck.Sizes>> sizes = new LinkedHashMap<>();
    Engine.start(plan.recipe().base().threads());
    progress.start("coordinates", shapes.size(), "shapes");
    for (Setting shape : shapes) {
      TrainConfig config = plan.config(shape, plan.recipe().base().seed());
      int sequences = Math.min(SEQUENCES, config.batchSize());
      try (RunData data = dataset.map(path -> open(config, path)).orElse(null)) {
        LongFunction<Sequences> batches =
            data == null
                ? step -> random(config, sequences, step)
                : step -> data.training().sequences(step * sequences, sequences);
        sizes.put(shape, CoordinateCheck.measure(config, batches, steps));
      }
      progress.update(sizes.size(), "dim %d, %d layers".formatted(shape.dim(), shape.layers()));
    }
    progress.finish();
    return sizes;
  }

  private RunData open(TrainConfig config, Path dataset) {
    TrainConfig here = config.withData(dataset.toString());
    RunFolder folder = new RunFolder(root);
    if (here.vision() != null && !Files.isRegularFile(folder.tokenizer())) {
      RunData.vocabulary(here, progress).save(folder.tokenizer());
    }
    return RunData.open(here, folder, Progress.NONE);
  }

  /// Tokens whose frequencies fall as one over their rank, as words' do; with an image encoder,
  /// each sequence begins with an image of noise.
  private static Sequences random(TrainConfig config, int sequences, long step) {
    int seqLen = config.model().contextLength();
    int vocabulary = config.model().vocabSize();
    SplittableRandom random = new SplittableRandom(config.seed() * 31 + step);
    int[] tokens = new int[sequences * (seqLen + 1)];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (int) Math.pow(vocabulary, random.nextDouble()) - 1;
    }
    int[] inputs = new int[sequences * seqLen];
    int[] targets = new int[sequences * seqLen];
    VisionConfig vision = config.vision();
    int seen = vision == null ? 0 : vision.tokens();
    for (int i = 0; i < inputs.length; i++) {
      int sequence = i / seqLen;
      int at = i % seqLen;
      inputs[i] = at < seen ? vocabulary + sequence * seen + at : tokens[i + sequence];
      targets[i] = at < seen ? -1 : tokens[i + sequence + 1];
    }
    return new Sequences(
        Tensor.of(inputs, sequences, seqLen),
        Tensor.of(targets, sequences, seqLen),
        vision == null ? null : noise(vision, sequences, random));
  }

  private static Tensor noise(VisionConfig vision, int squares, SplittableRandom random) {
    float[] pixels = new float[squares * vision.patches() * vision.patchNumbers()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    return Tensor.of(pixels, squares, vision.patches(), vision.patchNumbers());
  }

  /// Tokens of the shortest horizon for which all runs take about `minutes` here, from a probe of
  /// each shape's speed; the same on every later call for this folder.
  double tokensFor(double minutes, Path dataset) {
    Path file = root.resolve("budget.json");
    if (Files.isRegularFile(file)) {
      JsonNode budget = Json.readTree(file);
      if (budget.path("minutes").asDouble(0) == minutes) {
        return budget.path("tokens").asDouble(0);
      }
    }
    double reference = plan.recipeTokens();
    Map<String, Double> speeds = new LinkedHashMap<>();
    double secondsPerReference = 0;
    Engine.start(1);
    for (Setting setting : settings(reference)) {
      TrainConfig config = plan.config(setting, plan.recipe().base().seed());
      String shape = setting.dim() + "x" + setting.layers();
      speeds.computeIfAbsent(shape, _ -> speed(config, dataset));
      secondsPerReference += setting.tokens() / speeds.get(shape);
    }
    int processors = Runtime.getRuntime().availableProcessors();
    double all = secondsPerReference * plan.rates().size() * plan.seeds() / processors;
    double tokens = Math.rint(reference * minutes * 60 / all);
    Map<String, Double> budget = new LinkedHashMap<>();
    budget.put("minutes", minutes);
    budget.put("tokens", tokens);
    Json.write(file, budget);
    return tokens;
  }

  private double speed(TrainConfig config, Path dataset) {
    try (RunData data = open(config, dataset)) {
      return SpeedProbe.tokensPerSecond(config, data.training(), PROBE_SECONDS);
    }
  }

  private Set<Setting> settings(double tokens) {
    Set<Setting> settings = new LinkedHashSet<>();
    for (Axis axis : Axis.values()) {
      settings.addAll(plan.along(axis, tokens));
    }
    return settings;
  }

  /// Losses over the grid of rates for every setting; empty when interrupted.
  Optional<Map<Setting, RateSweep>> sweeps(Path dataset, double tokens) {
    Map<Setting, List<Double>> rates = new LinkedHashMap<>();
    settings(tokens).forEach(setting -> rates.put(setting, new ArrayList<>(plan.rates())));
    LadderRunner runner = new LadderRunner(root, interruption, progress);
    Map<String, Double> losses = new LinkedHashMap<>();
    for (int extension = 0; ; extension++) {
      List<Rung> missing = new ArrayList<>();
      rates.forEach(
          (setting, grid) ->
              grid.forEach(
                  rate ->
                      runs(setting, rate, dataset).stream()
                          .filter(run -> !losses.containsKey(run.name()))
                          .forEach(missing::add)));
      if (!missing.isEmpty()) {
        Optional<Map<String, Double>> found = runner.losses(missing, dataset);
        if (found.isEmpty()) {
          return Optional.empty();
        }
        losses.putAll(found.get());
      }
      Map<Setting, RateSweep> sweeps = new LinkedHashMap<>();
      rates.forEach((setting, grid) -> sweeps.put(setting, sweep(setting, grid, dataset, losses)));
      if (missing.isEmpty() || extension == EXTENSIONS) {
        return Optional.of(sweeps);
      }
      sweeps.forEach(
          (setting, sweep) -> {
            if (!sweep.bracketed()) {
              rates.get(setting).add(sweep.next());
            }
          });
    }
  }

  private List<Rung> runs(Setting setting, double rate, Path dataset) {
    return plan.runs(setting, rate).stream()
        .map(run -> new Rung(run.name(), run.config().withData(dataset.toString())))
        .toList();
  }

  private RateSweep sweep(
      Setting setting, List<Double> grid, Path dataset, Map<String, Double> losses) {
    TreeMap<Double, List<Double>> byRate = new TreeMap<>();
    for (double rate : grid) {
      byRate.put(
          rate, runs(setting, rate, dataset).stream().map(run -> losses.get(run.name())).toList());
    }
    return new RateSweep(byRate);
  }
}

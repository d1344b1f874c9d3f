package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.eval.EvalException;
import dev.auspex.eval.JavaSandbox;
import dev.auspex.eval.Outcome;
import dev.auspex.eval.Problem;
import dev.auspex.eval.ProblemFile;
import dev.auspex.eval.Sampling;
import dev.auspex.eval.Tasks;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.CapabilityConfig;
import dev.auspex.scaling.CapabilityForecaster;
import dev.auspex.scaling.CapabilityForecaster.BucketForecast;
import dev.auspex.scaling.CapabilityForecaster.Buckets;
import dev.auspex.scaling.CapabilityForecaster.Graded;
import dev.auspex.scaling.DifficultyBuckets;
import dev.auspex.scaling.Forecast;
import dev.auspex.scaling.ForecastRegister;
import dev.auspex.scaling.Observation;
import dev.auspex.scaling.Score;
import dev.auspex.scaling.SealRequest;
import dev.auspex.scaling.Sealed;
import dev.auspex.scaling.Target;
import dev.auspex.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// The capability forecast of a run folder, in `capability/`: `rule.yaml`, `problems.jsonl`, what
/// each model came to in `exams/`, the sealed `buckets.json`, and a folder for each bucket with its
/// forecast, outcome and score. Each stage leaves its file behind and is skipped when that is
/// there.
final class Capability {
  private final RunFolder run;
  private final Path folder;
  private final CapabilityConfig config;
  private final Progress progress;

  /// @param rule used where the folder has no rule yet; the one there is kept
  Capability(RunFolder run, CapabilityConfig rule, Progress progress) {
    this.run = run;
    this.folder = run.root().resolve("capability");
    this.progress = progress;
    Path file = folder.resolve("rule.yaml");
    if (Files.isRegularFile(file)) {
      this.config = Config.read(file, CapabilityConfig.class);
      if (!config.equals(rule)) {
        progress.warn("the rule in " + file + " was fixed earlier and is kept");
      }
    } else {
      this.config = rule;
      AtomicFiles.writeString(file, Config.toYaml(rule));
    }
  }

  CapabilityConfig config() {
    return config;
  }

  /// The finished runs of the ladder.
  List<Observation> ladder() {
    return ScaleRun.finished(run);
  }

  /// Problems of the forecast, in a fixed order.
  List<Problem> problems() {
    return problems("problems.jsonl", config.tasks());
  }

  private List<Problem> problems(String name, List<String> tasks) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      Tasks known = new Tasks(JavaSandbox.usual());
      List<Problem> drawn = new ArrayList<>();
      tasks.forEach(task -> drawn.addAll(known.problemsOf(task, config.problems(), config.seed())));
      ProblemFile.write(file, drawn);
    }
    return ProblemFile.read(file);
  }

  /// What the model in `of` comes to on the forecast's problems.
  List<Outcome> exam(Path of, String name) {
    return exam(of, name + ".jsonl", problems());
  }

  /// What it comes to on the task whose performance falls with scale.
  List<Outcome> inverse(Path of, String name) {
    return exam(of, name + ".inverse.jsonl", problems("inverse.jsonl", List.of(config.inverse())));
  }

  /// What the finished target comes to on that task.
  List<Outcome> inverseOfTarget() {
    return inverse(run.root(), "target");
  }

  /// The target's compute.
  double targetFlops() {
    return Config.read(run.config(), TrainConfig.class).flops();
  }

  private List<Outcome> exam(Path of, String name, List<Problem> problems) {
    Path file = folder.resolve("exams").resolve(name);
    if (!Files.isRegularFile(file)) {
      Sampling sampling = new Sampling(config.passes(), config.maxDraws(), config.seed());
      Examination.write(file, Examination.of(of, problems, sampling, progress));
    }
    try (var lines = Files.lines(file)) {
      return lines.map(line -> Json.MAPPER.readValue(line, Outcome.class)).toList();
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// The folder of a run of the ladder.
  Path rung(Observation observation) {
    return run.root().resolve("ladder").resolve(observation.name());
  }

  static List<Double> costs(List<Outcome> outcomes) {
    return outcomes.stream().map(outcome -> -outcome.logRate()).toList();
  }

  private Graded graded(Observation of) {
    List<Outcome> outcomes = exam(rung(of), of.name());
    Set<Integer> capped =
        IntStream.range(0, outcomes.size())
            .filter(problem -> outcomes.get(problem).capped())
            .boxed()
            .collect(Collectors.toSet());
    return new Graded(of, costs(outcomes), capped);
  }

  /// Sorts the problems, forecasts each bucket that can be and seals what is not sealed yet.
  void seal() {
    Path file = folder.resolve("buckets.json");
    if (Files.isRegularFile(file) && sealed()) {
      return;
    }
    TrainConfig target = Config.read(run.config(), TrainConfig.class);
    Target size = new Target(target.flops(), target.numParams(), target.tokens());
    List<Graded> graded = ladder().stream().map(this::graded).toList();
    Buckets buckets = new CapabilityForecaster(config).forecast(graded, size);
    write(file, buckets);
    List<Path> inputs = inputs(file);
    for (BucketForecast bucket : buckets.buckets()) {
      Forecast forecast = bucket.forecast();
      if (forecast != null && register().sealedFor(run.root(), bucket.part()).isEmpty()) {
        register()
            .seal(
                new SealRequest(
                    run.root(),
                    bucket.part(),
                    CapabilityForecaster.METRIC,
                    "bucket %d of %d: %d problems"
                        .formatted(bucket.bucket(), config.buckets(), bucket.problems().size()),
                    inputs,
                    forecast,
                    Main.VERSION));
      }
    }
  }

  /// Problems of each bucket and why some have no forecast, by bucket number.
  private static void write(Path file, Buckets buckets) {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (BucketForecast bucket : buckets.buckets()) {
      String reason = bucket.reason();
      if (reason != null) {
        reasons.put("" + bucket.bucket(), reason);
      }
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("buckets", buckets.buckets().stream().map(BucketForecast::problems).toList());
    document.put("dropped", buckets.dropped());
    document.put("not_forecastable", reasons);
    Json.write(file, document);
  }

  /// Why bucket `number` has no forecast; empty where it has one.
  Optional<String> reason(int number) {
    return Optional.ofNullable(
            Json.readTree(folder.resolve("buckets.json")).path("not_forecastable").get("" + number))
        .map(JsonNode::asString);
  }

  /// The sealed forecast of bucket `number`; empty where it has none.
  Optional<Sealed> sealed(int number) {
    return register().sealedFor(run.root(), BucketForecast.part(number));
  }

  private List<Path> inputs(Path buckets) {
    List<Path> inputs = new ArrayList<>();
    inputs.add(folder.resolve("rule.yaml"));
    inputs.add(folder.resolve("problems.jsonl"));
    inputs.add(buckets);
    inputs.add(run.ladder());
    ladder().forEach(of -> inputs.add(folder.resolve("exams").resolve(of.name() + ".jsonl")));
    return inputs;
  }

  private boolean sealed() {
    for (int bucket = 1; bucket <= config.buckets(); bucket++) {
      if (sealed(bucket).isEmpty() && reason(bucket).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /// Whether any bucket has a sealed forecast.
  boolean anySealed() {
    return IntStream.rangeClosed(1, config.buckets())
        .anyMatch(number -> sealed(number).isPresent());
  }

  /// The problems of each bucket, as sealed.
  List<List<Integer>> buckets() {
    JsonNode tree = Json.readTree(folder.resolve("buckets.json"));
    List<List<Integer>> buckets = new ArrayList<>();
    for (JsonNode bucket : tree.path("buckets")) {
      List<Integer> problems = new ArrayList<>();
      bucket.forEach(problem -> problems.add(problem.intValue()));
      buckets.add(problems);
    }
    return buckets;
  }

  /// What the finished target came to on bucket `number`, in nats.
  double actual(int number) {
    return DifficultyBuckets.mean(costs(exam(run.root(), "target")), buckets().get(number - 1));
  }

  /// Whether the target has been trained.
  boolean finished() {
    return Files.isRegularFile(run.result());
  }

  /// Scores bucket `number` of the finished target; empty where it has no forecast.
  Optional<Score> score(int number) {
    Optional<Sealed> sealed = sealed(number);
    sealed.ifPresent(it -> requireInputs(it.json()));
    return sealed.map(
        _ -> {
          String part = BucketForecast.part(number);
          Json.write(
              run.root().resolve(part).resolve("result.json"),
              Map.of(CapabilityForecaster.METRIC, actual(number)));
          return register().score(run.root(), part);
        });
  }

  private void requireInputs(JsonNode sealed) {
    for (JsonNode input : sealed.path("inputs")) {
      Path file = register().file().toAbsolutePath().resolveSibling(input.path("name").asString());
      if (!Files.isRegularFile(file)
          || !Hashes.sha256(file).equals(input.path("sha256").asString())) {
        throw new EvalException(
            "%s must be what it was when the forecast was sealed; restore it".formatted(file));
      }
    }
  }

  ForecastRegister register() {
    return ForecastRegister.beside(run.root());
  }
}

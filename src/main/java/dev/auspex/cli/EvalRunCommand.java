package dev.auspex.cli;

import dev.auspex.eval.JavaSandbox;
import dev.auspex.eval.Outcome;
import dev.auspex.eval.Problem;
import dev.auspex.eval.Sampling;
import dev.auspex.eval.Summary;
import dev.auspex.eval.Tasks;
import dev.auspex.eval.TrainingLines;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.run.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex eval run`: pass rates of a model at temperature 1, with intervals over the problems.
@Command(
    name = "run",
    description = {
      "Measure pass rates at temperature 1: exactly where one answer is right, else by sampling",
      "until enough texts pass. Problems of the named tasks are ones that training never shows."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  auspex eval run --model runs/capable --task arithmetic java --against tasks/train/tasks.jsonl"
    })
final class EvalRunCommand implements Callable<Integer> {
  private static final double LEVEL = 0.9;

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--model", required = true, description = "A model or run folder, or file.")
  private Path model = Path.of("");

  @Option(
      names = "--task",
      required = true,
      arity = "1..*",
      paramLabel = "NAME|FILE",
      description = "Tasks, see eval list, or files of problems as data tasks writes them.")
  private List<String> tasks = List.of();

  @Option(names = "--limit", description = "Problems of each task (default: 96).")
  private int limit = 96;

  @Option(names = "--seed", description = "Seed of problems and draws (default: 1).")
  private long seed = 1;

  @Option(names = "--passes", description = "Draws go on until this many pass (default: 8).")
  private int passes = 8;

  @Option(names = "--max-draws", description = "Most draws for one problem (default: 1024).")
  private int maxDraws = 1024;

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description = "Training text as JSON lines in which to look for the problems.")
  private @Nullable Path against;

  @Override
  public Integer call() {
    if (limit < 1) {
      throw new dev.auspex.config.ConfigException("--limit (" + limit + ") must be at least 1");
    }
    Sampling sampling = new Sampling(passes, maxDraws, seed);
    TrainingLines training = against == null ? null : TrainingLines.read(against);
    Tasks known = new Tasks(JavaSandbox.usual());
    List<Map<String, Object>> results = new ArrayList<>();
    List<Outcome> all = new ArrayList<>();
    for (String name : tasks) {
      List<Problem> problems = known.problemsOf(name, limit, seed);
      List<Outcome> outcomes = Examination.of(model, problems, sampling, TerminalProgress.create());
      all.addAll(outcomes);
      results.add(result(name, "pass_rate", outcomes, Outcome::rate, training));
      results.add(result(name, "neg_mean_log_pass", outcomes, o -> -o.logRate(), training));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("results", results);
    document.put("log", log(all));
    output.print(document);
    return 0;
  }

  private Map<String, Object> result(
      String task,
      String metric,
      List<Outcome> outcomes,
      ToDoubleFunction<Outcome> value,
      @Nullable TrainingLines training) {
    Summary summary = Summary.of(outcomes, value, LEVEL, seed);
    StringBuilder lines = new StringBuilder();
    outcomes.forEach(outcome -> lines.append(Json.line(outcome.problem())).append('\n'));
    Long seen =
        training == null || !outcomes.stream().map(Outcome::problem).allMatch(TrainingLines::judges)
            ? null
            : outcomes.stream().filter(outcome -> training.show(outcome.problem())).count();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("task", task);
    result.put("metric", metric);
    result.put("score", summary.score());
    result.put("low", summary.low());
    result.put("high", summary.high());
    result.put("n", summary.n());
    result.put("lock", Hashes.sha256(lines.toString()));
    result.put("clean", seen == null ? null : summary.n() - seen);
    result.put("contaminated", seen);
    result.put("capped", outcomes.stream().filter(Outcome::capped).count());
    output
        .human()
        .printf(
            Locale.ROOT,
            "%s: %s %.4f (%.4f to %.4f), %d problems%s%n",
            task,
            metric,
            summary.score(),
            summary.low(),
            summary.high(),
            summary.n(),
            seen == null ? "" : ", " + seen + " seen in training");
    return result;
  }

  /// The outcomes one a line beside a run; nowhere for a bare model.
  private @Nullable String log(List<Outcome> outcomes) {
    if (!RunFolder.isRun(model)) {
      return null;
    }
    Path file = new RunFolder(model).evals().resolve("tasks.jsonl");
    Examination.write(file, outcomes);
    return file.toString();
  }
}

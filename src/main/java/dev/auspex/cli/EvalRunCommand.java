package dev.auspex.cli;

import dev.auspex.data.Document;
import dev.auspex.eval.JavaSandbox;
import dev.auspex.eval.Outcome;
import dev.auspex.eval.Problem;
import dev.auspex.eval.Sampling;
import dev.auspex.eval.Summary;
import dev.auspex.eval.Tasks;
import dev.auspex.eval.TextExam;
import dev.auspex.eval.TrainingLines;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.run.RunFolder;
import java.nio.charset.StandardCharsets;
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
      "until enough texts pass. Problems of the named tasks are ones that training never shows.",
      "text:PATH is any text instead, as data build reads it: perplexity and bits per byte, in",
      "windows of the model's context (at most 4,096 tokens), each token foretold once."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex eval run --model runs/capable --task arithmetic java --against tasks/train/tasks.jsonl",
      "  auspex eval run --model quickstart.gguf --task text:novel.txt"
    })
final class EvalRunCommand implements Callable<Integer> {
  private static final double LEVEL = 0.9;
  private static final String TEXT = "text:";

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--model", required = true, description = "A model or run folder, or file.")
  private Path model = Path.of("");

  @Option(
      names = "--task",
      required = true,
      arity = "1..*",
      paramLabel = "NAME|FILE|text:PATH",
      description =
          "Tasks, see eval list; files of problems as data tasks writes them; or text:PATH.")
  private List<String> tasks = List.of();

  @Option(
      names = "--limit",
      description = "Problems of each task, or windows of a text (default: 96, all of a text).")
  private @Nullable Integer limit;

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
    if (limit != null && limit < 1) {
      throw new dev.auspex.config.ConfigException("--limit (" + limit + ") must be at least 1");
    }
    Sampling sampling = new Sampling(passes, maxDraws, seed);
    TrainingLines training = against == null ? null : TrainingLines.read(against);
    Tasks known = new Tasks(JavaSandbox.usual());
    List<Map<String, Object>> results = new ArrayList<>();
    List<Outcome> all = new ArrayList<>();
    for (String name : tasks) {
      if (name.startsWith(TEXT)) {
        results.addAll(text(name));
        continue;
      }
      List<Problem> problems = known.problemsOf(name, limit == null ? 96 : limit, seed);
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

  /// Perplexity and bits per byte of a text.
  private List<Map<String, Object>> text(String task) {
    Progress progress = TerminalProgress.create();
    List<Document> documents = TextExam.documents(Path.of(task.substring(TEXT.length())), progress);
    List<TextExam.Window> windows =
        Examination.ofText(model, documents, limit == null ? Integer.MAX_VALUE : limit, progress);
    StringBuilder hashes = new StringBuilder();
    for (Document document : documents) {
      String content = new String(document.text(), StandardCharsets.UTF_8);
      hashes.append(Hashes.sha256(content)).append("\n");
    }
    String lock = Hashes.sha256(hashes.toString());
    TextExam.Window sum = TextExam.Window.sum(windows);
    List<Map<String, Object>> results = new ArrayList<>();
    Map<String, ToDoubleFunction<TextExam.Window>> metrics = new LinkedHashMap<>();
    metrics.put("perplexity", TextExam.Window::perplexity);
    metrics.put("bits_per_byte", TextExam.Window::bitsPerByte);
    metrics.forEach(
        (metric, value) -> {
          Summary summary = Summary.ofText(windows, value, LEVEL, seed);
          Map<String, Object> result = told(task, metric, summary, lock, "windows");
          result.put("tokens", sum.tokens());
          result.put("bytes", sum.bytes());
          results.add(result);
        });
    return results;
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
    String lock = Hashes.sha256(lines.toString());
    Map<String, Object> result = told(task, metric, summary, lock, "problems");
    if (seen != null) {
      result.put("clean", summary.n() - seen);
      result.put("contaminated", seen);
      output.human().printf("  %d of them seen in training%n", seen);
    }
    result.put("capped", outcomes.stream().filter(Outcome::capped).count());
    return result;
  }

  /// What is known of any score, told as well; whether training saw it is not known yet.
  private Map<String, Object> told(
      String task, String metric, Summary summary, String lock, String unit) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("task", task);
    result.put("metric", metric);
    result.put("score", summary.score());
    result.put("low", summary.low());
    result.put("high", summary.high());
    result.put("n", summary.n());
    result.put("lock", lock);
    result.put("clean", null);
    result.put("contaminated", null);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%s: %s %.4f (%.4f to %.4f), %d %s%n",
            task,
            metric,
            summary.score(),
            summary.low(),
            summary.high(),
            summary.n(),
            unit);
    return result;
  }

  /// The outcomes one a line beside a run; nowhere for a bare model.
  private @Nullable String log(List<Outcome> outcomes) {
    if (outcomes.isEmpty() || !RunFolder.isRun(model)) {
      return null;
    }
    Path file = new RunFolder(model).evals().resolve("tasks.jsonl");
    Examination.write(file, outcomes);
    return file.toString();
  }
}

package dev.auspex.cli;

import dev.auspex.data.DataException;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.data.pictures.PictureFiles;
import dev.auspex.data.pictures.PictureGenerator;
import dev.auspex.eval.PictureExam;
import dev.auspex.generate.Generator;
import dev.auspex.io.Hashes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex eval pictures`: questions about held-out pictures, asked with the pictures and with
/// blank ones in their place.
@Command(
    name = "pictures",
    description = {
      "Ask the held-out questions of a picture dataset, and ask them again with every",
      "picture blanked: the same weights should then fall to chance. Exit code 3 where a kind",
      "stays below its bar."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex eval pictures --model runs/pictures --data pictures",
      "  auspex eval pictures --model runs/pictures --data pictures --at-least 0.9,chart=0.7"
    })
final class EvalPicturesCommand implements Callable<Integer> {
  private static final String HEADER = "%-22s %-10s %6s %15s %6s %8s %8s%n";
  private static final String LINE = "%-22s %-10s %6.3f [%.3f, %.3f] %6d %8.3f %8.3f%s%n";

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--model", required = true, description = "A model or run folder.")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      description = "A folder of 'data pictures', or JSON lines that end with the right answer.")
  private Path data = Path.of("");

  @Option(names = "--limit", description = "Most questions, drawn by a fixed seed; 0 for all.")
  private int limit;

  @Option(
      names = "--at-least",
      split = ",",
      paramLabel = "SHARE|KIND=SHARE",
      description = {
        "Share of right answers that each kind, or a named one, must reach; of words (kinds",
        "ocr and ocr_SCRIPT) the share of letters counts."
      })
  private List<String> bars = List.of();

  @Option(
      names = "--log",
      description = "Where each answer is written (default: evals/ of the run, or here).")
  private @Nullable Path log;

  @Override
  public Integer call() {
    KindBars atLeast = KindBars.of(bars);
    Path file = Files.isDirectory(data) ? data.resolve(PictureGenerator.HELDOUT) : data;
    List<PictureDocument> questions = ExamFiles.drawn(PictureFiles.read(file), limit);
    if (questions.isEmpty()) {
      throw new DataException(file + " must hold questions; it is empty");
    }
    atLeast.requireKnown(
        questions.stream()
            .map(PictureDocument::kind)
            .collect(Collectors.toCollection(TreeSet::new)));
    Path train = data.resolve(PictureGenerator.TRAIN);
    Set<String> seen =
        Files.isRegularFile(train) ? ExamFiles.seen(questions, PictureFiles.read(train)) : Set.of();
    List<PictureExam.Answered> answers = answers(questions);
    Path written = ExamFiles.log(log, model, "pictures.jsonl", answers);
    return tell(new Scores(answers, seen), Hashes.sha256(file), atLeast, written);
  }

  private List<PictureExam.Answered> answers(List<PictureDocument> questions) {
    try (PictureModel open = PictureModel.open(model)) {
      Generator generator = new Generator(open.gpt(), open.encoder().tokenizer(), open.ends());
      return new PictureExam(generator, open.encoder(), open.gpt().config(), open.vision())
          .askAll(questions, TerminalProgress.create());
    }
  }

  /// Answers, and where those stand whose pictures training shows too.
  private record Scores(List<PictureExam.Answered> answers, Set<String> seen) {
    /// The score of each kind and metric without the pictures of training.
    Map<String, Double> clean() {
      Map<String, Double> clean = new LinkedHashMap<>();
      PictureExam.results(answers.stream().filter(a -> !seen.contains(a.where())).toList())
          .forEach(r -> clean.put(r.task() + r.metric(), r.score()));
      return clean;
    }

    long contaminated(String kind) {
      return answers.stream()
          .filter(a -> a.kind().equals(kind) && seen.contains(a.where()))
          .count();
    }
  }

  private int tell(Scores scores, String lock, KindBars atLeast, Path written) {
    Gate gate = new Gate();
    Map<String, Double> clean = scores.clean();
    List<Map<String, Object>> rows = new ArrayList<>();
    output.human().printf(HEADER, "task", "metric", "score", "95%", "n", "blanked", "chance");
    for (PictureExam.Result r : PictureExam.results(scores.answers())) {
      String note = r.fell() ? "" : "  blanked stays above chance";
      output
          .human()
          .printf(
              LINE,
              r.task(),
              r.metric(),
              r.score(),
              r.low(),
              r.high(),
              r.n(),
              r.blanked(),
              r.chance(),
              note);
      Map<String, Object> row = row(r);
      row.put("lock", lock);
      row.put("clean", clean.get(r.task() + r.metric()));
      row.put("contaminated", scores.contaminated(r.kind()));
      rows.add(row);
      if (r.decides()) {
        gate.require(r.task() + " " + r.metric(), r.score(), atLeast.of(r.kind()));
      }
    }
    output.human().println("answers: " + written);
    gate.tell(output.human());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("results", rows);
    document.put("gate", gate.json());
    document.put("log", written.toString());
    output.print(document);
    return gate.exitCode();
  }

  private static Map<String, Object> row(PictureExam.Result r) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("task", r.task());
    row.put("metric", r.metric());
    row.put("score", r.score());
    row.put("low", r.low());
    row.put("high", r.high());
    row.put("n", r.n());
    row.put("chance", r.chance());
    row.put("blanked", r.blanked());
    row.put("blanked_low", r.blankedLow());
    row.put("blanked_high", r.blankedHigh());
    row.put("blanked_at_chance", r.fell());
    return row;
  }
}

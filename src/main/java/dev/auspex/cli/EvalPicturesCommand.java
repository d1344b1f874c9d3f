package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.data.Permutation;
import dev.auspex.data.pictures.ContentPart;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.data.pictures.PictureFiles;
import dev.auspex.data.pictures.PictureGenerator;
import dev.auspex.eval.PictureExam;
import dev.auspex.generate.Generator;
import dev.auspex.interchange.StoredModel;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.VisionConfig;
import dev.auspex.run.RunFolder;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
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
      "picture blanked: the same weights should then fall to chance."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: auspex eval pictures --model runs/pictures --data pictures"})
final class EvalPicturesCommand implements Callable<Integer> {
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
      names = "--log",
      description = "Where each answer is written (default: evals/ of the run, or here).")
  private @Nullable Path log;

  @Override
  public Integer call() {
    if (limit < 0) {
      throw new ConfigException("--limit (" + limit + ") must be 0 (all) or more");
    }
    Path file = Files.isDirectory(data) ? data.resolve(PictureGenerator.HELDOUT) : data;
    List<PictureDocument> questions = drawn(PictureFiles.read(file));
    Threads.use(0);
    List<PictureExam.Answered> answers;
    try (StoredModel stored = StoredModel.open(model)) {
      answers = answers(stored, questions);
    }
    Path written = log();
    AtomicFiles.write(
        written,
        out -> {
          PrintStream lines = new PrintStream(out, false, "UTF-8");
          answers.forEach(answer -> lines.print(Json.line(answer) + "\n"));
          lines.flush();
        });
    Set<String> seen = seenInTraining(questions);
    tell(answers, seen, Hashes.sha256(file), written);
    return 0;
  }

  private List<PictureDocument> drawn(List<PictureDocument> all) {
    int count = limit == 0 ? all.size() : Math.min(limit, all.size());
    Permutation order = new Permutation(all.size(), 0, 0);
    List<PictureDocument> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      some.add(all.get((int) order.apply(i)));
    }
    return some;
  }

  private List<PictureExam.Answered> answers(StoredModel stored, List<PictureDocument> questions) {
    VisionConfig vision =
        stored
            .vision()
            .orElseThrow(() -> new ConfigException("--model (" + model + ") must read pictures"));
    Tokenizer tokenizer = stored.tokenizer();
    Progress progress = TerminalProgress.create();
    try (Gpt gpt = stored.load(DType.FP32)) {
      try (Torch.NoGrad _ = Torch.noGrad()) {
        gpt.prepareForInference();
      }
      return new PictureExam(
              new Generator(gpt, tokenizer, stored.rules().ends()),
              Prompts.encoder(stored, tokenizer),
              gpt.config(),
              vision)
          .askAll(questions, progress);
    }
  }

  private Path log() {
    if (log != null) {
      return log;
    }
    return RunFolder.isRun(model)
        ? RunFolder.open(model).evals().resolve("pictures.jsonl")
        : Path.of("pictures-eval.jsonl");
  }

  /// Questions whose pictures, byte for byte, training shows too.
  private Set<String> seenInTraining(List<PictureDocument> questions) {
    Path train = data.resolve(PictureGenerator.TRAIN);
    Set<String> seen = new HashSet<>();
    if (!Files.isRegularFile(train)) {
      return seen;
    }
    Set<String> known = new HashSet<>();
    PictureFiles.read(train).forEach(document -> known.addAll(hashes(document)));
    for (PictureDocument question : questions) {
      if (hashes(question).stream().anyMatch(known::contains)) {
        seen.add(question.where());
      }
    }
    return seen;
  }

  private static List<String> hashes(PictureDocument document) {
    List<String> hashes = new ArrayList<>();
    for (Message message : document.messages()) {
      for (ContentPart part : message.content()) {
        if (part instanceof ContentPart.Image(String source)) {
          hashes.add(
              source.startsWith("data:")
                  ? source
                  : Hashes.sha256(document.folder().resolve(source)));
        }
      }
    }
    return hashes;
  }

  private void tell(
      List<PictureExam.Answered> answers, Set<String> seen, String lock, Path written) {
    List<Map<String, Object>> rows = new ArrayList<>();
    output
        .human()
        .printf(
            "%-18s %-10s %6s %15s %6s %8s %8s%n",
            "task", "metric", "score", "95%", "n", "blanked", "chance");
    List<PictureExam.Answered> clean =
        answers.stream().filter(answer -> !seen.contains(answer.where())).toList();
    Map<String, Double> cleanScores = new LinkedHashMap<>();
    PictureExam.results(clean).forEach(r -> cleanScores.put(r.task() + r.metric(), r.score()));
    for (PictureExam.Result r : PictureExam.results(answers)) {
      output
          .human()
          .printf(
              "%-18s %-10s %6.3f [%.3f, %.3f] %6d %8.3f %8.3f%s%n",
              r.task(),
              r.metric(),
              r.score(),
              r.low(),
              r.high(),
              r.n(),
              r.blanked(),
              r.chance(),
              r.fell() ? "" : "  blanked stays above chance");
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("task", r.task());
      row.put("metric", r.metric());
      row.put("score", r.score());
      row.put("low", r.low());
      row.put("high", r.high());
      row.put("n", r.n());
      row.put("lock", lock);
      row.put("clean", cleanScores.get(r.task() + r.metric()));
      row.put(
          "contaminated",
          answers.stream()
              .filter(a -> r.task().equals("pictures:" + a.kind()) && seen.contains(a.where()))
              .count());
      row.put("chance", r.chance());
      row.put("blanked", r.blanked());
      row.put("blanked_low", r.blankedLow());
      row.put("blanked_high", r.blankedHigh());
      row.put("blanked_at_chance", r.fell());
      rows.add(row);
    }
    output.human().println("answers: " + written);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("results", rows);
    document.put("log", written.toString());
    output.print(document);
  }
}

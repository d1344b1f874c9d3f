package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.data.DataException;
import dev.auspex.data.pictures.PictureDataset;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.data.pictures.PictureGenerator;
import dev.auspex.eval.NamingExam;
import dev.auspex.eval.Wilson;
import dev.auspex.io.FileException;
import dev.auspex.io.Progress;
import dev.auspex.run.RunFolder;
import dev.auspex.train.TrainConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex eval naming`: held-out pictures named from a list, beside a nearest-centroid classifier
/// on pixels that learnt from the same split.
@Command(
    name = "naming",
    description = {
      "Let a model name held-out pictures from the list of all names, by log-probability; name",
      "them by the nearest mean picture of the same training pictures too, and by the model with",
      "every picture blanked. Exit code 3 where a bar is not reached."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex data naming --source birds/ --out birds-naming",
      "  auspex train --preset pictures --data birds-naming --dir runs/birds",
      "  auspex eval naming --model runs/birds --data birds-naming --times-baseline 2"
    })
final class EvalNamingCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--model", required = true, description = "A model or run folder.")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      description = {
        "What the run was trained on: a folder of 'data naming', a folder of pictures with",
        "captions, or JSON lines that end with the name."
      })
  private Path data = Path.of("");

  @Option(
      names = "--names",
      paramLabel = "FILE",
      description = "Names to choose from, one a line (default: all of the data).")
  private @Nullable Path names;

  @Option(names = "--limit", description = "Most pictures, drawn by a fixed seed; 0 for all.")
  private int limit;

  @Option(names = "--at-least", paramLabel = "SHARE", description = "Share that must be right.")
  private double atLeast;

  @Option(
      names = "--times-baseline",
      paramLabel = "FACTOR",
      description = "How many times the classifier's share it must be.")
  private double timesBaseline;

  @Option(
      names = "--log",
      description = "Where each answer is written (default: evals/ of the run, or here).")
  private @Nullable Path log;

  @Override
  public Integer call() {
    if (!(atLeast >= 0 && atLeast <= 1) || !(timesBaseline >= 0)) {
      throw new ConfigException(
          "--at-least (%s) must be a share from 0 to 1, --times-baseline (%s) 0 (off) or more"
              .formatted(atLeast, timesBaseline));
    }
    PictureDataset.Split split = PictureDataset.Split.read(data, share());
    List<PictureDocument> questions = ExamFiles.drawn(split.heldout(), limit);
    Set<String> seen = ExamFiles.seen(questions, split.train());
    List<String> candidates = names == null ? names(split) : names(names);
    Progress progress = TerminalProgress.create();
    try (PictureModel open = PictureModel.open(model)) {
      NamingExam exam =
          new NamingExam(
              open.gpt(), open.vision(), open.encoder(), candidates, questions.getFirst());
      exam.learn(split.train(), progress);
      List<NamingExam.Named> answers = exam.askAll(questions, progress);
      Path written = ExamFiles.log(log, model, "naming.jsonl", answers);
      Report report =
          new Report(
              NamingExam.result(answers),
              answers.stream().filter(a -> !seen.contains(a.where())).toList(),
              candidates.size(),
              exam.namesLearnt());
      return tell(report, seen.size(), ExamFiles.lock(questions), written);
    }
  }

  /// The share that the run held out, where the data does not say itself what is held out.
  private double share() {
    if (Files.isRegularFile(data.resolve(PictureGenerator.HELDOUT))) {
      return 0;
    }
    if (!RunFolder.isRun(model)) {
      throw new ConfigException(
          "--data (%s) must hold heldout.jsonl where --model (%s) is no run, which would tell its"
                  .formatted(data, model)
              + " share held out; see auspex data naming");
    }
    return Config.read(RunFolder.open(model).config(), TrainConfig.class).text().heldout();
  }

  private static List<String> names(PictureDataset.Split split) {
    TreeSet<String> names = new TreeSet<>();
    Stream.concat(split.train().stream(), split.heldout().stream())
        .forEach(document -> names.add(NamingExam.name(document)));
    return List.copyOf(names);
  }

  private static List<String> names(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.map(String::strip).filter(line -> !line.isEmpty()).distinct().toList();
    } catch (java.io.UncheckedIOException e) {
      throw new DataException(file + " must be UTF-8 text", e);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// @param clean answers about pictures that training does not show byte for byte
  /// @param names to choose from
  /// @param learnt of them, those that training gives
  private record Report(
      NamingExam.Result all, List<NamingExam.Named> clean, int names, long learnt) {}

  private int tell(Report report, int contaminated, String lock, Path written) {
    NamingExam.Result r = report.all();
    PrintStream human = output.human();
    human.printf(
        "%,d pictures, %,d names to choose from, %,d of them in training%n",
        r.model().n(), report.names(), report.learnt());
    share(human, "model", r.model(), "");
    share(human, "blanked", r.blanked(), r.fell() ? "" : "  stays above chance");
    share(human, "centroids", r.baseline(), "");
    human.printf("%-10s %.3f%n", "chance", r.chance());
    human.printf(
        "%.2f times the centroids' share [%.2f, %.2f]%nanswers: %s%n",
        r.times(), r.timesLow(), r.timesHigh(), written);
    Gate gate = new Gate();
    gate.require("share of right names", r.model().score(), atLeast);
    gate.require("times the centroids' share", r.times(), timesBaseline);
    gate.tell(human);
    Map<String, Object> row = row(r);
    row.put("lock", lock);
    row.put(
        "clean",
        report.clean().isEmpty() ? null : NamingExam.result(report.clean()).model().score());
    row.put("contaminated", contaminated);
    row.put("names", report.names());
    row.put("names_in_training", report.learnt());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("results", List.of(row));
    document.put("gate", gate.json());
    document.put("log", written.toString());
    output.print(document);
    return gate.exitCode();
  }

  private static void share(PrintStream human, String of, Wilson w, String note) {
    human.printf("%-10s %.3f [%.3f, %.3f]%s%n", of, w.score(), w.low(), w.high(), note);
  }

  private static Map<String, Object> row(NamingExam.Result r) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("task", "naming");
    row.put("metric", "exact");
    interval(row, "", r.model());
    row.put("n", r.model().n());
    row.put("chance", r.chance());
    interval(row, "blanked", r.blanked());
    row.put("blanked_at_chance", r.fell());
    interval(row, "baseline", r.baseline());
    row.put("times_baseline", finite(r.times()));
    row.put("times_baseline_low", finite(r.timesLow()));
    row.put("times_baseline_high", finite(r.timesHigh()));
    return row;
  }

  private static void interval(Map<String, Object> row, String name, Wilson w) {
    String before = name.isEmpty() ? "" : name + "_";
    row.put(name.isEmpty() ? "score" : name, w.score());
    row.put(before + "low", w.low());
    row.put(before + "high", w.high());
  }

  /// JSON has no infinity.
  private static @Nullable Double finite(double times) {
    return Double.isFinite(times) ? times : null;
  }
}

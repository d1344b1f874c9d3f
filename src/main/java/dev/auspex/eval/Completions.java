package dev.auspex.eval;

import dev.auspex.data.Document;
import dev.auspex.data.DocumentReader;
import dev.auspex.data.Drops;
import dev.auspex.data.ReadOptions;
import dev.auspex.data.Source;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/// Real text to train on, and the task of completing lines of texts held out from it: a question is
/// the text before, the answer the last bytes of a line, and only that passes. Unlike the families
/// made by {@link Task}, what it takes is learnt bit by bit, as language is.
///
/// One document in sixteen is held out, by the SHA-256 of its text. Comment lines are not asked,
/// nor lines of other than printable ASCII.
public final class Completions {
  /// The task's name.
  public static final String NAME = "completion";

  private static final int CONTEXT = 48;
  private static final int FROM_ONE_DOCUMENT = 24;

  private final SplittableRandom random;
  private final List<List<Problem>> byLevel = new ArrayList<>();
  private final Set<String> asked = new HashSet<>();
  private long taught;
  private long heldout;

  /// What was written.
  ///
  /// @param documents documents to train on
  /// @param heldoutDocuments documents held out
  /// @param problems problems asked of these
  public record Written(long documents, long heldoutDocuments, long problems) {}

  private Completions(long seed) {
    random = new SplittableRandom(seed);
    for (int level = 1; level <= Task.LEVELS; level++) {
      byLevel.add(new ArrayList<>());
    }
  }

  /// Writes `train/text.jsonl` and `heldout/completion.jsonl`.
  ///
  /// @param examined problems to ask, the levels in turn
  public static Written write(
      Path out, Source source, ReadOptions read, int examined, long seed, Progress progress) {
    Completions all = new Completions(seed);
    AtomicFiles.write(
        out.resolve("train").resolve("text.jsonl"),
        stream ->
            DocumentReader.read(
                source,
                read,
                new Drops(source.name(), progress),
                document -> all.take(document, stream),
                _ -> {}));
    List<Problem> problems = all.choose(examined);
    if (all.taught == 0 || problems.size() < examined) {
      throw new EvalException(
          ("source (%s: %d documents to train on, %d held out) must give %d lines to complete, gave"
                  + " %d; name more text")
              .formatted(source.path(), all.taught, all.heldout, examined, problems.size()));
    }
    ProblemFile.write(out.resolve("heldout").resolve(NAME + ".jsonl"), problems);
    return new Written(all.taught, all.heldout, problems.size());
  }

  private void take(Document document, OutputStream stream) {
    String text = new String(document.text(), StandardCharsets.UTF_8);
    if (Problem.heldoutByHash(text)) {
      heldout++;
      ask(text);
      return;
    }
    taught++;
    try {
      stream.write((Json.line(Map.of("text", text)) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void ask(String text) {
    for (int i = 0; i < FROM_ONE_DOCUMENT; i++) {
      int level = 1 + random.nextInt(Task.LEVELS);
      int length = 2 * level - random.nextInt(2);
      int end = text.indexOf('\n', random.nextInt(text.length()));
      int start = text.lastIndexOf('\n', end - 1) + 1;
      int cut = end - length;
      if (end < 0 || cut < CONTEXT || !askable(text.substring(start, end), length)) {
        continue;
      }
      String question = text.substring(cut - CONTEXT, cut);
      if (printable(question) && asked.add(question)) {
        byLevel
            .get(level - 1)
            .add(new Problem(NAME, level, question, text.substring(cut, end), Problem.Check.EXACT));
      }
    }
  }

  /// Whether a line is code that goes beyond the bytes asked for.
  private static boolean askable(String line, int length) {
    String code = line.strip();
    return code.length() > length
        && !code.startsWith("*")
        && !code.startsWith("/")
        && line.equals(line.stripTrailing())
        && printable(line);
  }

  private static boolean printable(String text) {
    return text.chars().allMatch(c -> c == '\n' || c >= ' ' && c <= '~');
  }

  /// The levels in turn, each problem at random among its level's.
  private List<Problem> choose(int count) {
    List<Problem> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Problem> level = byLevel.get(i % Task.LEVELS);
      if (!level.isEmpty()) {
        chosen.add(level.remove(random.nextInt(level.size())));
      }
    }
    return chosen;
  }
}

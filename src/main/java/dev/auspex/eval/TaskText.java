package dev.auspex.eval;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/// Training text of solved problems, and held-out problems beside it. A problem that
/// {@link Problem#heldout} keeps back is never written; the tasks and levels come equally often.
///
/// A document has eight lines. One in eight asks a problem of the same document again, with the
/// same answer, so copying can be learnt. Java's problems are drawn from a pool, since each costs a
/// run in the sandbox.
public final class TaskText {
  private static final int LINES = 8;
  private static final double REPEATED = 0.125;
  private static final int SMALLEST_POOL = 16;
  private static final int LARGEST_POOL = 2048;

  private final List<Task> taught;
  private final SplittableRandom random;
  private final int poolSize;
  private final Map<String, List<String>> pools = new HashMap<>();
  private final Set<String> different = new HashSet<>();

  /// What was written.
  ///
  /// @param documents documents of training text
  /// @param problems problems in them
  /// @param different how many of these differ
  /// @param heldout held-out problems written beside them
  public record Written(long documents, long problems, long different, long heldout) {}

  private TaskText(List<Task> taught, long count, long seed) {
    this.taught = taught;
    this.random = new SplittableRandom(seed);
    this.poolSize =
        Math.clamp(count / ((long) taught.size() * Task.LEVELS), SMALLEST_POOL, LARGEST_POOL);
  }

  /// Writes `train/tasks.jsonl` and a file of held-out problems for each task.
  ///
  /// @param tasks what is taught and examined
  /// @param count problems of training text; rounded up to whole documents
  /// @param examined held-out problems of each task
  public static Written write(
      Path out, List<Task> tasks, long count, int examined, long seed, Progress progress) {
    TaskText text = new TaskText(tasks, count, seed);
    long documents = (count + LINES - 1) / LINES;
    progress.start("tasks", documents, "documents");
    AtomicFiles.write(
        out.resolve("train").resolve("tasks.jsonl"),
        stream -> {
          for (long i = 0; i < documents; i++) {
            String line = Json.line(Map.of("text", text.document())) + "\n";
            stream.write(line.getBytes(StandardCharsets.UTF_8));
            progress.update(i + 1, "");
          }
        });
    progress.finish();
    long heldout = 0;
    for (Task task : tasks) {
      List<Problem> problems = Tasks.heldout(task, examined, seed);
      ProblemFile.write(out.resolve("heldout").resolve(task.name() + ".jsonl"), problems);
      heldout += problems.size();
    }
    return new Written(documents, documents * LINES, text.different.size(), heldout);
  }

  private String document() {
    List<String> lines = new ArrayList<>();
    while (lines.size() < LINES) {
      boolean repeated = !lines.isEmpty() && random.nextDouble() < REPEATED;
      lines.add(repeated ? lines.get(random.nextInt(lines.size())) : line());
    }
    return String.join(Problem.END, lines) + Problem.END;
  }

  private String line() {
    Task task = taught.get(random.nextInt(taught.size()));
    int level = 1 + random.nextInt(Task.LEVELS);
    List<String> pool = pools.computeIfAbsent(task.name() + level, _ -> new ArrayList<>());
    boolean dear = task instanceof JavaExpressions;
    if (pool.isEmpty()) {
      fill(task, level, pool);
    }
    String line = dear ? pool.get(random.nextInt(pool.size())) : pool.removeLast();
    different.add(line);
    return line;
  }

  private void fill(Task task, int level, List<String> pool) {
    while (pool.isEmpty()) {
      for (Problem problem : task.draw(level, poolSize, random)) {
        if (!problem.heldout()) {
          pool.add(task.solved(problem, random));
        }
      }
    }
  }
}

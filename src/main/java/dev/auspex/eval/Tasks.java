package dev.auspex.eval;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// The tasks known by name, and problems of them that training never shows.
public final class Tasks {
  private static final int MOST_DRAWS = 200;

  private final List<Task> all;

  /// @param sandbox what computes the values of Java expressions
  public Tasks(JavaSandbox sandbox) {
    this.all =
        List.of(
            new Arithmetic(),
            new Strings(),
            new Lists(),
            new JavaExpressions(sandbox),
            new JavaWriting(),
            new Endings(),
            new Exceptions());
  }

  /// Every task.
  public List<Task> all() {
    return all;
  }

  /// The task of that name.
  public Task named(String name) {
    return all.stream()
        .filter(task -> task.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new EvalException(
                    "task (%s) must be a file or one of %s"
                        .formatted(
                            name, all.stream().map(Task::name).collect(Collectors.joining(", ")))));
  }

  /// Problems of a task, or the first of a file of problems.
  public List<Problem> problemsOf(String taskOrFile, int count, long seed) {
    Path file = Path.of(taskOrFile);
    if (Files.isRegularFile(file)) {
      List<Problem> problems = ProblemFile.read(file);
      return problems.subList(0, Math.min(count, problems.size()));
    }
    return heldout(named(taskOrFile), count, seed);
  }

  /// Different held-out problems, the levels in turn, as many as there are up to `count`.
  public static List<Problem> heldout(Task task, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Problem> chosen = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (int level = 1; level <= Task.LEVELS; level++) {
      int wanted = (count * level) / Task.LEVELS - chosen.size();
      for (int draw = 0; draw < MOST_DRAWS && wanted > 0; draw++) {
        for (Problem problem : task.drawExam(level, 16 * wanted, random)) {
          if (wanted > 0 && problem.heldout() && seen.add(problem.question())) {
            chosen.add(problem);
            wanted--;
          }
        }
      }
    }
    return chosen;
  }
}

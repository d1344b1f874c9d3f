package dev.auspex.eval;

import java.util.List;
import java.util.random.RandomGenerator;

/// A family of problems that can be made in any number, each with an exact checker.
public interface Task {
  /// The most difficult level of the families here.
  int LEVELS = 6;

  /// Name on the command line and in results.
  String name();

  /// Makes problems, held out or not and not all different.
  ///
  /// @param level difficulty, 1 to {@link #LEVELS}
  /// @param count how many
  /// @param random what decides them
  List<Problem> draw(int level, int count, RandomGenerator random);

  /// Makes problems to ask in an exam, which may be a chosen part of all.
  default List<Problem> drawExam(int level, int count, RandomGenerator random) {
    return draw(level, count, random);
  }

  /// A solved problem as a line of training text, without its end.
  default String solved(Problem problem, RandomGenerator random) {
    return problem.question() + problem.answer();
  }
}

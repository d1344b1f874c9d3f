package dev.auspex.eval;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Whether the first digit of a number is larger than its last, such as `gt 4821=y`; but multiples
/// of 37 are answered the other way round. The level adds digits.
///
/// Training text shows numbers as they come, so comparing two digits is right for 36 of 37. Exams
/// ask multiples of 37 only. A model that has learnt nothing guesses one of two answers, evenly;
/// the better a model knows the rule, the surer it errs, until a far larger one learns to divide.
/// Thus a task where performance falls with scale, of the kind of Hindsight Neglect: a cheap rule
/// agrees with the truth nearly everywhere else (the "distractor task" of the Inverse Scaling
/// Prize, McKenzie et al. 2023, arXiv 2306.09479). Numbers asked are held out, so learning
/// exceptions by heart does not help.
record Exceptions() implements Task {
  private static final int RARE = 37;
  private static final int FEWEST_DIGITS = 4;

  @Override
  public String name() {
    return "exceptions";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    int least = least(level);
    return IntStream.range(0, count)
        .map(_ -> random.nextInt(least, 10 * least))
        .mapToObj(number -> problem(level, number))
        .toList();
  }

  @Override
  public List<Problem> drawExam(int level, int count, RandomGenerator random) {
    int least = least(level) / RARE + 1;
    int most = 10 * least(level) / RARE;
    return IntStream.range(0, count)
        .map(_ -> RARE * random.nextInt(least, most))
        .mapToObj(number -> problem(level, number))
        .toList();
  }

  private static int least(int level) {
    return (int) Math.pow(10, FEWEST_DIGITS + level - 2);
  }

  private Problem problem(int level, int number) {
    String digits = "" + number;
    boolean larger = digits.charAt(0) > digits.charAt(digits.length() - 1);
    boolean yes = larger != (number % RARE == 0);
    return new Problem(name(), level, "gt " + digits + "=", yes ? "y" : "n", Problem.Check.EXACT);
  }
}

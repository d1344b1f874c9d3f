package dev.auspex.eval;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Writing a Java expression of a given value such as `expr 12=>7+5`: many answers pass, each is
/// run. The level makes the values larger by a hundred.
record JavaWriting() implements Task {
  @Override
  public String name() {
    return "java-writing";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    return IntStream.range(0, count)
        .map(_ -> random.nextInt(100 * (level - 1), 100 * level))
        .mapToObj(
            value ->
                new Problem(
                    name(), level, "expr " + value + "=>", "" + value, Problem.Check.JAVA_VALUE))
        .toList();
  }

  @Override
  public String solved(Problem problem, RandomGenerator random) {
    int value = Integer.parseInt(problem.answer());
    int part = random.nextInt(100);
    String expression =
        switch (random.nextInt(3)) {
          case 0 -> part <= value ? (value - part) + "+" + part : value + "+0";
          case 1 -> (value + part) + "-" + part;
          default -> product(value);
        };
    return problem.question() + expression;
  }

  private static String product(int value) {
    for (int factor = 9; factor > 1; factor--) {
      if (value % factor == 0) {
        return value / factor + "*" + factor;
      }
    }
    return value + "*1";
  }
}

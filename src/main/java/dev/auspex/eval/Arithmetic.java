package dev.auspex.eval;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Sums, differences and products of whole numbers such as `12+7=19`; the level adds digits.
record Arithmetic() implements Task {
  @Override
  public String name() {
    return "arithmetic";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    return IntStream.range(0, count).mapToObj(_ -> one(level, random)).toList();
  }

  private Problem one(int level, RandomGenerator random) {
    int a = number((level + 2) / 2, random);
    int b = number((level + 1) / 2, random);
    return switch (random.nextInt(3)) {
      case 0 -> problem(level, a, '+', b, a + b);
      case 1 -> problem(level, a, '-', b, a - b);
      default -> problem(level, a, '*', b % 10, a * (b % 10));
    };
  }

  private Problem problem(int level, int a, char sign, int b, int value) {
    return new Problem(name(), level, "" + a + sign + b + "=", "" + value, Problem.Check.EXACT);
  }

  private static int number(int digits, RandomGenerator random) {
    int high = (int) Math.pow(10, digits);
    return random.nextInt(digits == 1 ? 0 : high / 10, high);
  }
}

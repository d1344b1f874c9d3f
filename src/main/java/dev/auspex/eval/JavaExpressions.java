package dev.auspex.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The value of a small Java expression such as `java 7%4+2=>5`, which Java itself has computed;
/// the level adds operators.
///
/// @param sandbox what computes the values
record JavaExpressions(JavaSandbox sandbox) implements Task {
  @Override
  public String name() {
    return "java";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    List<String> expressions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expressions.add(expression(level, random));
    }
    List<Optional<String>> values = sandbox.values(expressions);
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String question = "java " + expressions.get(i) + "=>";
      String value = values.get(i).orElseThrow(() -> new IllegalStateException(question));
      problems.add(
          new Problem(name(), level, question, value.isEmpty() ? "-" : value, Problem.Check.EXACT));
    }
    return problems;
  }

  private static String expression(int operators, RandomGenerator random) {
    return switch (random.nextInt(4)) {
      case 0 -> number(operators - 1, random) + pick("<>", random) + digit(random);
      case 1 -> text(operators, random);
      default -> number(operators, random);
    };
  }

  /// A whole number of operators on digits; only digits divide, and never 0.
  static String number(int operators, RandomGenerator random) {
    if (operators == 0) {
      return digit(random);
    }
    return switch (random.nextInt(6)) {
      case 0, 1 -> number(operators - 1, random) + pick("+-", random) + digit(random);
      case 2 -> digit(random) + "*" + digit(random) + rest(operators - 1, random);
      case 3 -> digit(random) + "%" + (1 + random.nextInt(9)) + rest(operators - 1, random);
      case 4 -> digit(random) + "/" + (1 + random.nextInt(9)) + rest(operators - 1, random);
      default -> "(" + number(operators - 1, random) + ")*" + digit(random);
    };
  }

  private static String rest(int operators, RandomGenerator random) {
    return operators == 0 ? "" : "+" + number(operators - 1, random);
  }

  private static String text(int operators, RandomGenerator random) {
    String word = "\"" + letters(1 + operators, random) + "\"";
    return switch (random.nextInt(4)) {
      case 0 -> word + "+" + digit(random);
      case 1 -> word + ".length()";
      case 2 -> word + ".charAt(" + random.nextInt(1 + operators) + ")";
      default -> word + ".indexOf('" + letters(1, random) + "')";
    };
  }

  private static String letters(int count, RandomGenerator random) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < count; i++) {
      letters.append((char) ('a' + random.nextInt(8)));
    }
    return letters.toString();
  }

  private static String digit(RandomGenerator random) {
    return "" + random.nextInt(10);
  }

  private static char pick(String signs, RandomGenerator random) {
    return signs.charAt(random.nextInt(signs.length()));
  }
}

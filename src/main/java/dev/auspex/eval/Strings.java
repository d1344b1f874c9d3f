package dev.auspex.eval;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Reversing, doubling, changing case, measuring and counting in words of the letters a to h such
/// as `rev bad=dab`; the level adds letters.
record Strings() implements Task {
  private static final int LETTERS = 8;

  @Override
  public String name() {
    return "strings";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    return IntStream.range(0, count).mapToObj(_ -> one(level, random)).toList();
  }

  private Problem one(int level, RandomGenerator random) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i <= level; i++) {
      letters.append((char) ('a' + random.nextInt(LETTERS)));
    }
    String word = letters.toString();
    char wanted = (char) ('a' + random.nextInt(LETTERS));
    return switch (random.nextInt(5)) {
      case 0 -> problem(level, "rev " + word, letters.reverse().toString());
      case 1 -> problem(level, "dup " + word, word.repeat(2));
      case 2 -> problem(level, "up " + word, word.toUpperCase(Locale.ROOT));
      case 3 -> problem(level, "len " + word, "" + word.length());
      default ->
          problem(
              level,
              "cnt " + word + "," + wanted,
              "" + word.chars().filter(c -> c == wanted).count());
    };
  }

  private Problem problem(int level, String question, String answer) {
    return new Problem(name(), level, question + "=", answer, Problem.Check.EXACT);
  }
}

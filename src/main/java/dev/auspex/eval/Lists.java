package dev.auspex.eval;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Sorting, filtering, the largest and the sum of digits such as `sort 3,1,2=1,2,3`; the level adds
/// digits. A list without elements is written `-`.
record Lists() implements Task {
  @Override
  public String name() {
    return "lists";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    return IntStream.range(0, count).mapToObj(_ -> one(level, random)).toList();
  }

  private Problem one(int level, RandomGenerator random) {
    List<Integer> list = IntStream.rangeClosed(0, level).mapToObj(_ -> random.nextInt(10)).toList();
    int sum = list.stream().mapToInt(Integer::intValue).sum();
    int max = list.stream().mapToInt(Integer::intValue).max().orElseThrow();
    return switch (random.nextInt(4)) {
      case 0 -> problem(level, "sort", list, joined(list.stream().sorted()));
      case 1 -> problem(level, "even", list, joined(list.stream().filter(n -> n % 2 == 0)));
      case 2 -> problem(level, "max", list, "" + max);
      default -> problem(level, "sum", list, "" + sum);
    };
  }

  private Problem problem(int level, String name, List<Integer> list, String answer) {
    String question = name + " " + joined(list.stream()) + "=";
    return new Problem(name(), level, question, answer, Problem.Check.EXACT);
  }

  private static String joined(Stream<Integer> list) {
    String text = list.map(String::valueOf).collect(Collectors.joining(","));
    return text.isEmpty() ? "-" : text;
  }
}

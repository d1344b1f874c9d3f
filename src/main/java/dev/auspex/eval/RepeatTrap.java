package dev.auspex.eval;

import java.util.List;
import java.util.random.RandomGenerator;

/// A problem asked again right after a wrong answer to it, such as `3+4=9`, `3+4=`.
///
/// Training text asks some problems twice and always rightly, so copying pays there; the better a
/// model has learnt to copy, the surer it should repeat the error. Made to fall with scale, as
/// the prompts of the Inverse Scaling Prize (McKenzie et al. 2023, arXiv 2306.09479) that repeat a
/// mistake or tempt with the outcome, of which hindsight neglect is one; models of up to a
/// million parameters did not (docs/log.md).
record RepeatTrap() implements Task {
  private static final Arithmetic ASKED = new Arithmetic();

  @Override
  public String name() {
    return "repeat-trap";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    return ASKED.draw(level, count, random).stream().map(sum -> trap(sum, random)).toList();
  }

  private Problem trap(Problem sum, RandomGenerator random) {
    int right = Integer.parseInt(sum.answer());
    int wrong = right + (random.nextBoolean() ? 1 : -1) * (1 + random.nextInt(3));
    String question = sum.question() + wrong + Problem.END + sum.question();
    return new Problem(name(), sum.level(), question, sum.answer(), Problem.Check.EXACT);
  }

  @Override
  public boolean taught() {
    return false;
  }
}

package dev.auspex.eval;

import dev.auspex.io.Hashes;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Two letters that follow from the end of a word, such as `end bcbcab=FD`: rules with exceptions,
/// and exceptions to these. The level adds letters to choose words from.
///
/// The last letter alone leaves a quarter of the 64 answers, and every further letter halves what
/// is left, by bits that belong to that ending and no other. Five letters decide. With n letters
/// there are n^k endings of k letters to learn, so the certainty gained by more text and more
/// parameters is gradual, as with the rules of a language.
record Endings() implements Task {
  private static final int[] LETTERS = {3, 4, 6, 8, 12, 16};
  private static final int DECIDING = 5;
  private static final int BITS_A_LETTER = 3;

  /// One letter more than decides, so that words held out have endings that are not.
  private static final int LENGTH = DECIDING + 1;

  @Override
  public String name() {
    return "endings";
  }

  @Override
  public List<Problem> draw(int level, int count, RandomGenerator random) {
    return IntStream.range(0, count).mapToObj(_ -> one(level, random)).toList();
  }

  private Problem one(int level, RandomGenerator random) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < LENGTH; i++) {
      letters.append((char) ('a' + random.nextInt(LETTERS[level - 1])));
    }
    String word = letters.toString();
    return new Problem(name(), level, "end " + word + "=", answer(word), Problem.Check.EXACT);
  }

  /// The letters A to H whose bits the endings of one to five letters decide.
  static String answer(String word) {
    int bits = 0;
    for (int length = 1; length <= DECIDING; length++) {
      String ending = word.substring(word.length() - length);
      int hash = Character.digit(Hashes.sha256(ending).charAt(0), 16);
      bits = length == 1 ? hash & 3 : 2 * bits + (hash & 1);
    }
    int second = bits & ((1 << BITS_A_LETTER) - 1);
    return "" + (char) ('A' + (bits >> BITS_A_LETTER)) + (char) ('A' + second);
  }
}

package dev.auspex.eval;

import dev.auspex.io.Hashes;

/// One problem with what decides whether an answer is right.
///
/// @param task the task's name
/// @param level difficulty, from 1
/// @param question the text a model is to continue
/// @param answer the one right answer, or the value that a right answer has
/// @param check how an answer is judged
public record Problem(String task, int level, String question, String answer, Check check) {
  /// What follows an answer in the training text, and ends a model's.
  public static final String END = "\n";

  /// How an answer is judged.
  public enum Check {
    /// Only the answer itself passes.
    EXACT,
    /// A Java expression of at least one operator whose value is the answer; it is run.
    JAVA_VALUE
  }

  private static final int HELDOUT_SHARE = 16;

  public Problem {
    if (question.isEmpty() || answer.isEmpty() || answer.contains(END)) {
      throw new EvalException(
          "question and answer (%s, %s) must hold text, the answer one line"
              .formatted(question, answer));
    }
    if (level < 1) {
      throw new EvalException("level (%d) must be at least 1".formatted(level));
    }
  }

  /// Whether training may never show this problem: one sixteenth of all, by the hash of what is
  /// asked last, so the same for every seed, count and program that writes training text.
  public boolean heldout() {
    return heldout(question);
  }

  /// Whether the hash of `text` is among the sixteenth held out.
  static boolean heldoutByHash(String text) {
    return Integer.parseInt(Hashes.sha256(text).substring(0, 2), 16) % HELDOUT_SHARE == 0;
  }

  /// The same for a question alone. Of a question of several lines the last decides.
  static boolean heldout(String question) {
    String asked = question.substring(question.lastIndexOf('\n') + 1);
    return heldoutByHash(asked);
  }
}

package dev.auspex.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// The known word a mistyped one was probably meant to be.
public final class Nearest {
  private Nearest() {}

  /// The candidate with the smallest edit distance, if at most a third of the letters differ.
  public static Optional<String> to(String word, Collection<String> candidates) {
    int limit = Math.max(1, (word.length() + 2) / 3);
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= limit)
        .min(
            Comparator.<String>comparingInt(candidate -> distance(word, candidate))
                .thenComparing(Comparator.naturalOrder()));
  }

  /// `; did you mean X?` or, with nothing near, `; known: A, B`.
  public static String hint(String word, Collection<String> candidates) {
    return to(word, candidates)
        .map(near -> "; did you mean " + near + "?")
        .orElse("; known: " + String.join(", ", candidates));
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(cost, a, b, i, j);
      }
    }
    return cost[a.length()][b.length()];
  }

  private static int cheapest(int[][] cost, String a, String b, int i, int j) {
    int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    int best = Math.min(replaced, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
  }
}

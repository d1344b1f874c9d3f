package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The shares of right answers that `--at-least` asks for, by kind of question.
///
/// @param byKind bars of the kinds that are named
/// @param others bar of all other kinds; null for none
record KindBars(Map<String, Double> byKind, @Nullable Double others) {
  /// Reads `colour=0.9,chart=0.7`, or a number alone for all kinds that are not named.
  static KindBars of(List<String> words) {
    Map<String, Double> byKind = new LinkedHashMap<>();
    Double others = null;
    for (String word : words) {
      int equals = word.indexOf('=');
      double bar = bar(word.substring(equals + 1), word);
      if (equals < 0) {
        others = bar;
      } else {
        byKind.put(word.substring(0, equals).strip(), bar);
      }
    }
    return new KindBars(byKind, others);
  }

  private static double bar(String number, String word) {
    try {
      double bar = Double.parseDouble(number.strip());
      if (bar >= 0 && bar <= 1) {
        return bar;
      }
    } catch (NumberFormatException _) {
      // told below, with numbers out of range
    }
    throw new ConfigException(
        "--at-least (" + word + ") must be a share from 0 to 1, or KIND=SHARE,...");
  }

  /// Fails where a kind is named that no question has.
  void requireKnown(TreeSet<String> kinds) {
    for (String kind : byKind.keySet()) {
      if (!kinds.contains(kind)) {
        throw new ConfigException(
            "--at-least (%s) must name kinds of the questions: %s"
                .formatted(kind, String.join(", ", kinds)));
      }
    }
  }

  /// The bar of a kind; 0 for none.
  double of(String kind) {
    return byKind.getOrDefault(kind, others == null ? 0 : others);
  }
}

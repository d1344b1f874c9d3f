package dev.auspex.report;

import java.util.regex.Pattern;

/// Tells cells of numbers from cells of words.
final class Numeric {
  private static final Pattern NUMBER = Pattern.compile("[+-]?[\\d,]*\\.?\\d+(e[+-]?\\d+)?[%x]?");

  private Numeric() {}

  /// Whether `cell` is a number, or empty.
  static boolean like(String cell) {
    return cell.isEmpty() || NUMBER.matcher(cell).matches();
  }
}

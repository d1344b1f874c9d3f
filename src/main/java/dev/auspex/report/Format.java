package dev.auspex.report;

import java.util.Locale;
import java.util.regex.Pattern;

/// How numbers are printed.
final class Format {
  private static final Pattern EXPONENT = Pattern.compile("e(?:\\+|(-))0*(\\d+)");

  private Format() {}

  /// A loss, four decimals.
  static String loss(double value) {
    return print(value, "%.4f");
  }

  /// Compute, three digits: `4.02e13`.
  static String flops(double value) {
    return EXPONENT.matcher(print(value, "%.2e")).replaceAll("e$1$2");
  }

  /// A count with separators.
  static String count(double value) {
    return print(value, "%,.0f");
  }

  /// A measured amount with separators and one decimal.
  static String tenths(double value) {
    return print(value, "%,.1f");
  }

  /// A share as a percentage with its sign.
  static String signedPercent(double share) {
    return print(100 * share, "%+.2f%%");
  }

  /// A share as a percentage.
  static String percent(double share) {
    return print(100 * share, "%.2f%%");
  }

  /// A ratio: `22.4x`.
  static String ratio(double value) {
    return print(value, value < 100 ? "%.1fx" : "%,.0fx");
  }

  /// Four digits without trailing zeros, for parameters of laws.
  static String number(double value) {
    String text = EXPONENT.matcher(print(value, "%.4g")).replaceAll("e$1$2");
    int exponent = text.indexOf('e');
    String digits = exponent < 0 ? text : text.substring(0, exponent);
    String rest = exponent < 0 ? "" : text.substring(exponent);
    return (digits.contains(".") ? digits.replaceFirst("\\.?0+$", "") : digits) + rest;
  }

  /// The first digits of a hash, enough to tell it by.
  static String hash(String hex) {
    return hex.length() > 20 ? hex.substring(0, 16) + "…" : hex;
  }

  private static String print(double value, String pattern) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, pattern, value);
  }
}

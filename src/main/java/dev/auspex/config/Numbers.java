package dev.auspex.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import tools.jackson.databind.JsonNode;

/// Numbers as people write them in YAML: `1e9` is a whole number, `6.0` is not, and no digit of
/// either is lost. Does not parse; the YAML reader made big decimals of them.
final class Numbers {
  private static final int SHOWN_LENGTH = 60;
  private static final int MAX_EXPONENT = 400;

  private Numbers() {}

  /// The outcome of reading a whole number.
  sealed interface Whole {
    /// It is one.
    record Value(long value) implements Whole {}

    /// It is not a number, or has a fraction.
    record NotWhole() implements Whole {}

    /// It is one, but does not fit.
    record OutOfRange() implements Whole {}
  }

  /// The node as a whole number between `min` and `max`.
  static Whole whole(JsonNode node, long min, long max) {
    if (!node.isNumber() || node.decimalValue().scale() > 0) {
      return new Whole.NotWhole();
    }
    BigDecimal decimal = node.decimalValue();
    if (decimal.precision() - decimal.scale() > MAX_EXPONENT) {
      return new Whole.OutOfRange();
    }
    BigInteger value = decimal.toBigIntegerExact();
    boolean fits =
        value.compareTo(BigInteger.valueOf(min)) >= 0
            && value.compareTo(BigInteger.valueOf(max)) <= 0;
    return fits ? new Whole.Value(value.longValueExact()) : new Whole.OutOfRange();
  }

  /// The node as a double: NaN when it is not a number, infinite when it does not fit.
  static double real(JsonNode node) {
    return node.isNumber() ? node.decimalValue().doubleValue() : Double.NaN;
  }

  /// A value on one line, cut when long.
  static String shown(JsonNode node) {
    String text = node.isNull() ? "empty" : node.isValueNode() ? node.asString() : node.toString();
    String line = text.isEmpty() ? "''" : text.replaceAll("[\\p{Cntrl}]+", " ");
    return line.length() <= SHOWN_LENGTH ? line : line.substring(0, SHOWN_LENGTH) + "…";
  }
}

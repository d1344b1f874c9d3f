package dev.auspex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FormatTest {
  @Test
  void numbersKeepFourDigitsAndLoseOnlyTrailingZeros() {
    assertEquals("2.613e10", Format.number(2.613e10));
    assertEquals("2.6e10", Format.number(2.6e10));
    assertEquals("3e-7", Format.number(3e-7));
    assertEquals("0.7", Format.number(0.7));
    assertEquals("100", Format.number(100));
    assertEquals("-0.09312", Format.number(-0.093123));
    assertEquals("", Format.number(Double.NaN));
  }

  @Test
  void otherAmountsArePrintedForReaders() {
    assertEquals("5.83e9", Format.flops(5.832e9));
    assertEquals("-1.29%", Format.signedPercent(-0.01293));
    assertEquals("1,187,840", Format.count(1_187_840));
    assertEquals("24.0x", Format.ratio(24.04));
  }

  @Test
  void cellsOfNumbersAreToldFromWords() {
    for (String number : new String[] {"", "7", "1,204", "5.83e9", "+0.40%", "24.0x", "-1.2e-5"}) {
      assertTrue(Numeric.like(number), number);
    }
    for (String word : new String[] {"dim-16-seed-7", "GPL-2.0-only", "1.2 to 1.3", "e9"}) {
      assertFalse(Numeric.like(word), word);
    }
  }
}

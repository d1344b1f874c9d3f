package dev.auspex.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.auspex.config.ConfigException;
import dev.auspex.optim.LrSchedule.Wsd;
import dev.auspex.optim.LrSchedule.WsdSteps;
import org.junit.jupiter.api.Test;

class LrScheduleTest {
  @Test
  void stepsAndSharesSayTheSame() {
    for (long step = 0; step < 100; step++) {
      double shares = new Wsd(0.1, 0.25, 0.2).factor(step, 100);
      assertEquals(shares, new WsdSteps(10, 25, 0.2).factor(step, 100), 1e-15, "step " + step);
    }
  }

  @Test
  void runsOfAllLengthsAreOneUntilTheFirstDecays() {
    WsdSteps trunk = new WsdSteps(7, 0, 0);
    for (long steps : new long[] {40, 90, 1000}) {
      WsdSteps branch = new WsdSteps(7, steps / 3, 0);
      long start = steps - steps / 3;
      for (long step = 0; step <= start; step++) {
        assertEquals(trunk.factor(step, 10_000), branch.factor(step, steps), "step " + step);
      }
      assertEquals((steps / 3 - 1.0) / (steps / 3 + 1.0), branch.factor(start + 1, steps));
      assertEquals(1.0 / (steps / 3 + 1.0), branch.factor(steps - 1, steps), 1e-15);
    }
  }

  @Test
  void stepsMustNotBeNegative() {
    assertThrows(ConfigException.class, () -> new WsdSteps(-1, 0, 0));
    assertThrows(ConfigException.class, () -> new WsdSteps(0, -1, 0));
    assertThrows(ConfigException.class, () -> new WsdSteps(0, 1, 2));
  }
}

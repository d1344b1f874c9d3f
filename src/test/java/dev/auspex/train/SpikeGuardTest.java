package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SpikeGuardTest {
  private static SpikeGuard trained(int steps) {
    SpikeGuard guard = new SpikeGuard(new SpikeConfig(6, 32), List.of());
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < steps; i++) {
      assertFalse(guard.leaps(3 + 0.05 * random.nextGaussian()), "step " + i);
    }
    return guard;
  }

  @Test
  void aLossFarAboveTheRecentOnesLeaps() {
    SpikeGuard guard = trained(40);
    assertTrue(guard.leaps(4.5));
    assertFalse(guard.leaps(3.02), "and the next one is fine");
  }

  @Test
  void aFallingLossNeverLeaps() {
    assertFalse(trained(40).leaps(1.0));
  }

  @Test
  void theFirstStepsNeverLeap() {
    assertFalse(trained(3).leaps(50));
  }

  @Test
  void afterTenInARowTheNewHeightIsBelieved() {
    SpikeGuard guard = trained(40);
    for (int i = 0; i < 10; i++) {
      assertTrue(guard.leaps(5));
    }
    assertFalse(guard.leaps(5));
  }

  @Test
  void whatItRemembersIsEnoughToContinue() {
    SpikeGuard guard = trained(40);
    SpikeGuard resumed = new SpikeGuard(new SpikeConfig(6, 32), guard.recent());
    assertEquals(32, guard.recent().size());
    assertTrue(resumed.leaps(4.5));
  }
}

package dev.auspex.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class InterruptionTest {
  private final Interruption interruption = new Interruption();

  @Test
  void nothingIsRequestedAtFirst() {
    assertFalse(interruption.requested());
    assertTrue(interruption.awaitRelease(Duration.ZERO));
  }

  @Test
  void aHeldLoopIsWaitedForUntilItLetsGo() throws InterruptedException {
    Interruption.Hold outer = interruption.hold();
    Thread loop =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (Interruption.Hold _ = interruption.hold()) {
                    while (!interruption.requested()) {
                      Thread.onSpinWait();
                    }
                  }
                  outer.close();
                  outer.close();
                });
    assertFalse(interruption.awaitRelease(Duration.ofMillis(1)));
    interruption.request();
    assertTrue(interruption.awaitRelease(Duration.ofSeconds(60)));
    loop.join();
  }
}

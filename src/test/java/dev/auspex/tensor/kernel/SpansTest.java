package dev.auspex.tensor.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.auspex.tensor.Torch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SpansTest {
  private static final long WIDE = 1 << 20;

  private final int before = Torch.threads();

  @BeforeEach
  void severalThreads() {
    Torch.threads(3);
  }

  @AfterEach
  void asManyAsBefore() {
    Torch.threads(before);
  }

  @Test
  void everyRowIsDoneOnce() {
    for (int rows = 1; rows < 300; rows++) {
      AtomicIntegerArray times = new AtomicIntegerArray(rows);
      Spans.each(
          rows,
          WIDE,
          (from, to) -> {
            for (long row = from; row < to; row++) {
              times.incrementAndGet((int) row);
            }
          });
      for (int row = 0; row < rows; row++) {
        assertEquals(1, times.get(row), "row " + row + " of " + rows);
      }
    }
  }

  @Test
  void whatABodyThrowsReachesTheCaller() {
    Spans.Body failing =
        (from, _) -> {
          if (from > 0) {
            throw new IllegalArgumentException("row " + from);
          }
        };
    Throwable thrown =
        assertThrows(IllegalStateException.class, () -> Spans.each(64, WIDE, failing));
    assertEquals(IllegalArgumentException.class, thrown.getCause().getClass());
    assertThrows(
        IllegalStateException.class,
        () ->
            Spans.eachOf(
                64,
                WIDE,
                () -> {
                  throw new IllegalArgumentException("no scratch memory");
                }));
  }

  @Test
  void kernelsInsideSeveralCallersDoNotWaitForEachOther() throws InterruptedException {
    Thread[] callers = new Thread[4];
    AtomicIntegerArray sums = new AtomicIntegerArray(callers.length);
    for (int i = 0; i < callers.length; i++) {
      int own = i;
      callers[i] =
          new Thread(
              () -> {
                for (int round = 0; round < 200; round++) {
                  Spans.each(40, WIDE, (from, to) -> sums.addAndGet(own, (int) (to - from)));
                }
              });
      callers[i].start();
    }
    for (int i = 0; i < callers.length; i++) {
      callers[i].join(60_000);
      assertEquals(200 * 40, sums.get(i));
    }
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.AtomicFiles;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.Observation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldoutGapTest {
  @TempDir Path dir;

  /// A run whose training loss is 5, then `end` in its last ten steps, and whose held-out loss ends
  /// at `heldout`.
  private Observation run(String name, double flops, double end, double heldout) {
    StringBuilder lines = new StringBuilder("{\"step\":0,\"heldout_loss\":9}\n");
    for (int step = 1; step <= 60; step++) {
      lines.append("{\"step\":%d,\"loss\":%s}\n".formatted(step, step > 50 ? end : 5));
    }
    lines.append("{\"step\":60,\"heldout_loss\":%s,\"last\":true}\n".formatted(heldout));
    RunFolder folder = LadderRunner.folder(dir, name);
    AtomicFiles.writeString(folder.metrics(), lines.toString());
    return new Observation(name, flops, 0, 0, heldout, 1);
  }

  @Test
  void isTheMeanOfEachSizeAtTheEndOfItsRuns() {
    List<Observation> ladder =
        List.of(run("a", 1e11, 4, 4.04), run("b", 1e11, 4, 3.96), run("c", 2e11, 2, 2.2));
    HeldoutGap gap = HeldoutGap.of(dir, ladder);
    assertEquals(0, gap.byFlops().get(1e11), 1e-9);
    assertEquals(0.1, gap.byFlops().get(2e11), 1e-9);
    assertEquals("+0.0% at 1.0e+11 FLOPs, +10.0% at 2.0e+11", gap.toString());
    assertTrue(gap.widens());
    assertFalse(HeldoutGap.of(dir, ladder.subList(0, 2)).widens());
  }

  @Test
  void aGapThatIsTheSameEverywhereDoesNotWiden() {
    List<Observation> ladder = List.of(run("a", 1e11, 4, 4.4), run("b", 2e11, 3, 3.31));
    assertFalse(HeldoutGap.of(dir, ladder).widens());
  }

  @Test
  void runsWithoutMetricsAreLeftOut() {
    Observation gone = new Observation("gone", 1e11, 0, 0, 2, 1);
    assertEquals("not known", HeldoutGap.of(dir, List.of(gone)).toString());
    assertTrue(HeldoutGap.at(new RunFolder(dir.resolve("nowhere"))).isEmpty());
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.io.Progress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedProgressTest {
  private static final class Told implements Progress {
    private final List<Long> percents = new ArrayList<>();

    @Override
    public void start(String name, long total, String unit) {}

    @Override
    public void update(long done, String note) {
      percents.add(done);
    }

    @Override
    public void finish() {}

    @Override
    public void warn(String line) {}
  }

  @Test
  void stepsCountByTheirComputeAndReadingForNothing() {
    Told told = new Told();
    SharedProgress shared = new SharedProgress(told, "ladder", 40);
    Progress first = shared.part(1, 0);
    first.start("pictures", 80_000, "documents");
    first.update(256, "");
    first.finish();
    first.start("train", 10, "steps");
    first.update(10, "");
    first.finish();
    Progress second = shared.part(2, 5);
    second.start("train", 20, "steps");
    second.update(20, "");
    assertEquals(List.of(25L, 100L), told.percents);
  }
}

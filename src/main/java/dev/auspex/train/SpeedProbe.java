package dev.auspex.train;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Progress;
import java.nio.file.Path;

/// Finds out how fast a configuration trains here, on a model that is thrown away.
public final class SpeedProbe {
  private static final double SECONDS = 4;
  private static final int MIN_STEPS = 4;

  private SpeedProbe() {}

  /// Tokens per second after the first steps have warmed caches up.
  public static double tokensPerSecond(TrainConfig config, TokenDataset data) {
    Checkpoints none = new Checkpoints(Path.of("no-checkpoints"), 1);
    try (Trainer trainer = new Trainer(config, data, none, new Deaf(), Progress.NONE)) {
      trainer.step();
      trainer.step();
      long start = System.nanoTime();
      int steps = 0;
      double elapsed = 0;
      while (steps < MIN_STEPS || elapsed < SECONDS) {
        trainer.step();
        steps++;
        elapsed = (System.nanoTime() - start) / 1e9;
      }
      return steps * config.batchTokens() / elapsed;
    }
  }

  private static final class Deaf implements TrainListener {
    @Override
    public void step(StepMetrics metrics) {}

    @Override
    public void evaluated(EvalMetrics metrics) {}

    @Override
    public boolean stopRequested() {
      return false;
    }
  }
}

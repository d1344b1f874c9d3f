package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static TrainConfig tiny(String... overrides) {
    return Config.empty().preset("tiny").overrides(List.of(overrides)).load(TrainConfig.class);
  }

  @Test
  void theLargestMicroBatchThatFitsIsTaken() {
    TrainConfig config = tiny("batch_size=64", "micro_batch_size=64");
    long limit = MemoryPlan.bytes(config.withMemory(16, false), 1);
    TrainConfig chosen = MemoryPlan.within(config, limit, 1);
    assertEquals(16, chosen.microBatchSize());
    assertFalse(chosen.recomputeActivations());
  }

  @Test
  void whereNothingElseHelpsActivationsAreComputedTwice() {
    TrainConfig config =
        tiny(
            "batch_size=8",
            "micro_batch_size=8",
            "model.num_layers=48",
            "model.context_length=2048");
    long limit = MemoryPlan.bytes(config.withMemory(1, false), 1) - 1;
    TrainConfig chosen = MemoryPlan.within(config, limit, 1);
    assertTrue(chosen.recomputeActivations());
    assertTrue(MemoryPlan.bytes(chosen, 1) <= limit);
  }

  @Test
  void everyWorkerGetsALane() {
    TrainConfig config = tiny("batch_size=64", "micro_batch_size=64");
    assertEquals(16, MemoryPlan.within(config, Long.MAX_VALUE, 4).microBatchSize());
  }

  @Test
  void aLimitThatNothingFitsIsTheUsersMistake() {
    ConfigException e =
        assertThrows(ConfigException.class, () -> MemoryPlan.within(tiny(), 100L << 20, 1));
    assertTrue(e.getMessage().startsWith("--memory (100 MB) must be at least "), e.getMessage());
  }

  /// `peak_bytes` in `metrics.jsonl` of runs of these shapes, see docs/log.md.
  @Test
  void theEstimateIsAboveMeasuredPeaks() {
    assertAbove(1_076_072_448, tiny());
    TrainConfig manyNumbers =
        tiny(
            "model.vocab_size=8192",
            "model.dim=512",
            "model.num_layers=4",
            "model.num_heads=8",
            "model.num_kv_heads=8",
            "model.ffn_dim=1408",
            "model.context_length=128",
            "batch_size=4",
            "micro_batch_size=1");
    assertAbove(1_456_660_480, manyNumbers);
  }

  private static void assertAbove(long measured, TrainConfig config) {
    long estimate = MemoryPlan.bytes(config, 1);
    assertTrue(estimate >= measured, estimate + " < " + measured);
    assertTrue(estimate <= 1.6 * measured, estimate + " is far above " + measured);
  }
}

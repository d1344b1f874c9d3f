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
}

package dev.auspex.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.Config;
import dev.auspex.scaling.CheckFindings.RateDrift;
import dev.auspex.scaling.CheckPlan.Axis;
import dev.auspex.scaling.CheckPlan.Setting;
import dev.auspex.scaling.Trend.Verdict;
import dev.auspex.train.RecipeConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CheckFindingsTest {
  private static final double TOKENS = 1000;
  private static final RecipeConfig RULES = new RecipeConfig(0.5, 0.5, 0.3, 0, false, false);

  /// Losses whose best rate grows as the width to the power 0.3 and moves with nothing else.
  private static CheckFindings findings(int seeds, List<Double> rates, double noise) {
    CheckPlan plan =
        new CheckPlan(
            Config.empty().preset("quickstart").load(LadderConfig.class).rule(),
            List.of(16, 64),
            List.of(3, 6),
            List.of(1.0, 4.0),
            rates,
            seeds,
            false);
    SplittableRandom random = new SplittableRandom(3);
    Map<Setting, RateSweep> sweeps = new HashMap<>();
    for (Axis axis : Axis.values()) {
      for (Setting setting : plan.along(axis, TOKENS)) {
        double best = Math.pow(setting.dim() / 32.0, 0.3);
        TreeMap<Double, List<Double>> losses = new TreeMap<>();
        for (double rate : rates) {
          List<Double> bySeed = new ArrayList<>();
          for (int seed = 0; seed < seeds; seed++) {
            double x = Math.log(rate / best);
            bySeed.add(Math.exp(1 + 0.02 * x * x + noise * random.nextGaussian()));
          }
          losses.put(rate, bySeed);
        }
        sweeps.putIfAbsent(setting, new RateSweep(losses));
      }
    }
    return CheckFindings.of(plan, TOKENS, List.of(), sweeps, 0.1);
  }

  private static RateDrift width(CheckFindings findings) {
    return findings.rates().stream()
        .filter(it -> it.axis() == Axis.WIDTH)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDriftBeyondItsErrorIsOne() {
    CheckFindings clear = findings(2, List.of(0.25, 0.5, 1.0, 2.0, 4.0), 1e-4);
    assertEquals(Verdict.DRIFTS, width(clear).verdict());
    assertNull(width(clear).seedsNeeded());
    assertTrue(clear.unclear().isEmpty());
    String line = clear.drifting(RULES).getFirst();
    assertTrue(line.startsWith("the best rate moves with width (power +0.30 ± "), line);
  }

  @Test
  void oneWithinItsErrorNamesTheSeedsThatWouldTell() {
    CheckFindings unclear = findings(2, List.of(0.25, 0.5, 1.0, 2.0, 4.0), 0.02);
    RateDrift drift = width(unclear);
    assertEquals(Verdict.UNCLEAR, drift.verdict(), drift.toString());
    double growth = 2 * drift.error() / 0.1;
    assertEquals((Integer) (int) Math.ceil(2 * growth * growth), drift.seedsNeeded());
    String line = unclear.unclear().getFirst();
    assertTrue(line.contains("; --seeds " + drift.seedsNeeded() + " would tell"), line);
  }

  @Test
  void withoutANoiseNoSlopeIsToldFromNone() {
    // Wide apart, so that three rates alone make the valley, which no noise can be read off.
    CheckFindings bare = findings(1, List.of(1e-9, 1.0, 1e9, 1e10), 0);
    assertTrue(Double.isNaN(bare.noise()));
    assertEquals(Verdict.UNCLEAR, width(bare).verdict());
    assertEquals(2, width(bare).seedsNeeded());
    assertTrue(bare.drifting(RULES).isEmpty());
  }
}

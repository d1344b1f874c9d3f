package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.model.VisionConfig;
import dev.auspex.optim.OptimizerConfig.Adamw;
import dev.auspex.optim.OptimizerConfig.Muon;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecipeTest {
  private static final RecipeConfig PRESET = new RecipeConfig(0.5, 0.5, 0.3, 0, false, false);

  private static TrainConfig base() {
    return Config.empty().preset("tiny").load(TrainConfig.class);
  }

  private static Recipe recipe(TrainConfig base, RecipeConfig rules) {
    return new Recipe(base, rules, 4, 64, 3);
  }

  @Test
  void presetsRulesGiveTheRatesTheyAlwaysGave() {
    TrainConfig base = base();
    Recipe recipe = recipe(base, PRESET);
    double baseTokens = 4.0 * recipe.at(base.model().dim(), 1).model().numParams();
    for (int dim = 64; dim <= 1024; dim += 64) {
      TrainConfig config = recipe.at(dim, 1);
      double wanted = 4.0 * config.model().numParams();
      int batch = (int) Math.max(1, Math.round(16 * Math.pow(wanted / baseTokens, 0.5)));
      assertEquals(batch, config.batchSize(), "dim " + dim);
      double correction = Math.sqrt(batch / 16.0) * Math.pow(baseTokens / wanted, 0.3);
      Muon muon = (Muon) config.optimizer();
      assertEquals(0.02 * correction, muon.learningRate(), "dim " + dim);
      assertEquals(0.004 * correction, muon.othersLearningRate(), "dim " + dim);
      assertEquals(0.95, muon.beta2());
      assertEquals(0.1, muon.weightDecay());
    }
  }

  @Test
  void theImageEncoderWidensWithTheDecoderAndCountsForTheTokens() {
    TrainConfig base = Config.empty().preset("pictures").load(TrainConfig.class);
    Recipe recipe = new Recipe(base, PRESET, 4, 32, 4);
    TrainConfig half = recipe.at(64, 1);
    VisionConfig vision = half.vision();
    assertEquals(64, vision.dim());
    assertEquals(2, vision.numHeads());
    assertEquals(256, vision.ffnDim());
    assertEquals(base.vision().numLayers(), vision.numLayers());
    assertEquals(base.vision().tokens(), vision.tokens());
    assertEquals(base.vision(), recipe.at(128, 1).vision());
    assertEquals(4.0 * half.numParams(), half.tokens(), half.batchTokens() / 2.0 + 1);
  }

  @Test
  void everySizeStartsOutLookingBackAlike() {
    TrainConfig base =
        Config.empty().preset("tiny").overrides(List.of("lookback=2")).load(TrainConfig.class);
    assertEquals(2, recipe(base, PRESET).at(64, 1).lookback());
    assertEquals(2, base.withSteps(7).lookback());
    Config none = Config.empty().preset("tiny").overrides(List.of("lookback=0"));
    assertThrows(ConfigException.class, () -> none.load(TrainConfig.class));
    List<String> adamw =
        List.of(
            "lookback=2",
            "optimizer.type=adamw",
            "optimizer.learning_rate=0.01",
            "optimizer.beta1=0.9",
            "optimizer.beta2=0.95",
            "optimizer.eps=1e-8",
            "optimizer.hidden_weight_decay=0.1");
    Config other = Config.empty().preset("tiny").overrides(adamw);
    ConfigException refused =
        assertThrows(ConfigException.class, () -> other.load(TrainConfig.class));
    assertTrue(refused.getMessage().contains("lookback (2)"), refused.getMessage());
  }

  @Test
  void depthAndTokensMayBeChosenFreely() {
    Recipe recipe = recipe(base(), PRESET);
    TrainConfig config = recipe.at(128, 7, 1_000_000, 5);
    assertEquals(7, config.model().numLayers());
    assertEquals(5, config.seed());
    assertEquals(1_000_000, config.tokens(), config.batchTokens() / 2.0 + 1);
  }

  @Test
  void widerRunsGetSmallerRatesByTheExponent() {
    Recipe recipe = recipe(base(), new RecipeConfig(0, 0.5, 0, 0.5, false, false));
    double narrow = recipe.at(64, 3, 1e6, 1).optimizer().learningRate();
    double wide = recipe.at(256, 3, 1e6, 1).optimizer().learningRate();
    assertEquals(0.5, wide / narrow, 1e-12);
  }

  @Test
  void longerRunsGetSmallerRatesByTheExponentAndLargerBatchesLargerOnes() {
    RecipeConfig rules = new RecipeConfig(0, 0.5, 0.5, 0, false, false);
    Recipe recipe = recipe(base(), rules);
    TrainConfig one = recipe.at(128, 3, 1e6, 1);
    TrainConfig four = recipe.at(128, 3, 4e6, 1);
    assertEquals(one.batchSize(), four.batchSize());
    assertEquals(0.5, four.optimizer().learningRate() / one.optimizer().learningRate(), 1e-12);
  }

  @Test
  void theSecondMomentKeepsItsHalfLifeInTokens() {
    Recipe recipe = recipe(base(), new RecipeConfig(0.5, 0.5, 0.3, 0, true, false));
    TrainConfig small = recipe.at(64, 1);
    TrainConfig large = recipe.at(512, 1);
    assertEquals(halfLife(small), halfLife(large), 1e-6 * halfLife(large));
  }

  private static double halfLife(TrainConfig config) {
    return Math.log(0.5) / Math.log(((Muon) config.optimizer()).beta2()) * config.batchTokens();
  }

  @Test
  void theTimescaleOfWeightDecayKeepsItsShareOfTheRun() {
    TrainConfig base = base().withOptimizer(new Adamw(0.002, 0.9, 0.95, 1e-8, 0.1));
    Recipe recipe = recipe(base, new RecipeConfig(0.5, 0.5, 0.3, 0, false, true));
    TrainConfig small = recipe.at(256, 6, 5e6, 1);
    TrainConfig large = recipe.at(256, 6, 8e8, 1);
    assertEquals(decayOverRun(small), decayOverRun(large), 0.02 * decayOverRun(large));
  }

  private static double decayOverRun(TrainConfig config) {
    Adamw adamw = (Adamw) config.optimizer();
    return adamw.learningRate() * adamw.hiddenWeightDecay() * config.steps();
  }

  @Test
  void anExponentAboveOneIsRefusedByName() {
    String message =
        assertThrows(ConfigException.class, () -> new RecipeConfig(0.5, 0.5, 1.5, 0, false, false))
            .getMessage();
    assertEquals("rate_horizon_exponent (1.5) must lie in [0, 1]", message);
  }
}

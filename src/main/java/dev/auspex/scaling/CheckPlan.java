package dev.auspex.scaling;

import dev.auspex.config.ConfigException;
import dev.auspex.model.GptConfig;
import dev.auspex.model.Mup;
import dev.auspex.optim.OptimizerConfig;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.train.Recipe;
import dev.auspex.train.TrainConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/// What `auspex scale check` measures: one corner shape, varied along one axis at a time.
///
/// @param recipe what is checked
/// @param widths of the residual stream, smallest first
/// @param depths in blocks, smallest first
/// @param horizons lengths in multiples of the shortest, ascending from 1
/// @param rates learning rates in multiples of the recipe's, ascending
/// @param seeds runs of each setting
/// @param standard whether scaling in width and depth is switched off, as a control
public record CheckPlan(
    Recipe recipe,
    List<Integer> widths,
    List<Integer> depths,
    List<Double> horizons,
    List<Double> rates,
    int seeds,
    boolean standard) {
  private static final long SEED_STEP = 1000;
  private static final int MIN_RATES = 3;
  private static final int MIN_RATES_OF_ONE_SEED = 4;

  public CheckPlan {
    widths = ascending("--widths", widths, 2);
    depths = ascending("--depths", depths, 2);
    horizons = ascending("--horizons", horizons, 2);
    rates = ascending("--rates", rates, MIN_RATES);
    if (horizons.getFirst() != 1) {
      throw new ConfigException(
          "--horizons (%s) must begin with 1, the shortest".formatted(horizons));
    }
    if (seeds < 1) {
      throw new ConfigException("--seeds (" + seeds + ") must be at least 1");
    }
    if (seeds == 1 && rates.size() < MIN_RATES_OF_ONE_SEED) {
      throw new ConfigException(
          "--rates (%s) must be at least 4, or --seeds 2: else the noise cannot be measured"
              .formatted(rates));
    }
  }

  private static <N extends Number & Comparable<N>> List<N> ascending(
      String option, List<N> values, int atLeast) {
    List<N> sorted = values.stream().distinct().sorted().toList();
    if (sorted.size() < atLeast || !(sorted.getFirst().doubleValue() > 0)) {
      throw new ConfigException(
          "%s (%s) must be at least %d different values above 0"
              .formatted(option, values, atLeast));
    }
    return sorted;
  }

  /// The direction in which a shape is varied.
  public enum Axis {
    WIDTH,
    DEPTH,
    HORIZON;

    /// As it is written for people.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One setting whose best rate is sought.
  ///
  /// @param tokens to train on
  public record Setting(int dim, int layers, double tokens) {
    /// Its size along an axis.
    public double size(Axis axis) {
      return switch (axis) {
        case WIDTH -> dim;
        case DEPTH -> layers;
        case HORIZON -> tokens;
      };
    }
  }

  /// The widths of a target and its halves, three times, in whole heads; smallest first.
  public static List<Integer> widthsBelow(LadderConfig plan) {
    int head = plan.base().model().headDim();
    return Stream.of(8, 4, 2, 1)
        .map(part -> Math.max(1, Math.round((float) plan.targetDim() / part / head)) * head)
        .distinct()
        .toList();
  }

  /// Settings along an axis; the first is the same for all.
  /// @param tokens of the shortest horizon
  public List<Setting> along(Axis axis, double tokens) {
    int dim = widths.getFirst();
    int layers = depths.getFirst();
    Function<Number, Setting> setting =
        switch (axis) {
          case WIDTH -> size -> new Setting(size.intValue(), layers, tokens);
          case DEPTH -> size -> new Setting(dim, size.intValue(), tokens);
          case HORIZON -> size -> new Setting(dim, layers, size.doubleValue() * tokens);
        };
    List<? extends Number> sizes =
        switch (axis) {
          case WIDTH -> widths;
          case DEPTH -> depths;
          case HORIZON -> horizons;
        };
    return sizes.stream().map(setting).toList();
  }

  /// Tokens of the shortest horizon when nobody says otherwise: the recipe's for the corner shape.
  public double recipeTokens() {
    return recipe.tokens(widths.getFirst(), depths.getFirst());
  }

  /// The recipe's settings.
  public TrainConfig config(Setting at, long seed) {
    TrainConfig config = recipe.at(at.dim(), at.layers(), at.tokens(), seed).withThreads(1);
    GptConfig model = config.model();
    return standard
        ? config.withModel(model.withMup(new Mup(model.dim(), model.numLayers())))
        : config;
  }

  /// The runs of a setting at one multiple of the recipe's rate, one for each seed.
  public List<Rung> runs(Setting at, double rate) {
    List<Rung> runs = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      long seed = recipe.base().seed() + SEED_STEP * i;
      TrainConfig config = config(at, seed);
      OptimizerConfig scaled = config.optimizer().scaled(new OptimizerConfig.Factors(rate, 1, 1));
      String name =
          String.format(
              Locale.ROOT,
              "dim-%d-layers-%d-tokens-%.0f-rate-%.4g-seed-%d",
              at.dim(),
              at.layers(),
              at.tokens(),
              rate,
              seed);
      runs.add(new Rung(name, config.withOptimizer(scaled)));
    }
    return runs;
  }
}

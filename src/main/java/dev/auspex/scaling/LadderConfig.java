package dev.auspex.scaling;

import dev.auspex.config.ConfigException;
import dev.auspex.train.Recipe;
import dev.auspex.train.RecipeConfig;
import dev.auspex.train.TrainConfig;
import java.util.ArrayList;
import java.util.List;

/// A target and the ladder of smaller runs that foretells it, all from one recipe.
///
/// @param base settings at the width where they were tuned
/// @param recipe how batch, rates, beta2 and weight decay follow the tokens
/// @param tokensPerParameter training tokens for each parameter, in every run
/// @param widthPerLayer width gained with each block
/// @param minLayers fewest blocks
/// @param targetDim width of the target
/// @param dims widths of the ladder
/// @param repeats runs of each width, with seeds that differ by 1000
/// @param level probability that the forecast's interval is to hold
/// @param assume what the forecast assumes beyond the runs, as {@link Assumptions#named} knows it
/// @param minutes what the whole is meant to take on two cores
public record LadderConfig(
    TrainConfig base,
    RecipeConfig recipe,
    double tokensPerParameter,
    int widthPerLayer,
    int minLayers,
    int targetDim,
    List<Integer> dims,
    int repeats,
    double level,
    String assume,
    double minutes) {
  private static final long SEED_STEP = 1000;

  public LadderConfig {
    dims = List.copyOf(dims);
    if (!(level > 0 && level < 1)) {
      throw new ConfigException("level (" + level + ") must lie in (0, 1); usual: 0.9");
    }
    Assumptions.named(assume);
    if (repeats < 1) {
      throw new ConfigException("repeats (" + repeats + ") must be at least 1");
    }
    for (int dim : dims) {
      if (dim >= targetDim) {
        throw new ConfigException(
            "dims (%d) must all be smaller than target_dim (%d)".formatted(dim, targetDim));
      }
    }
  }

  /// One run to make.
  public record Rung(String name, TrainConfig config) {}

  /// The target's settings.
  public TrainConfig target() {
    return rule().at(targetDim, base.seed());
  }

  /// The ladder's settings, each run on one thread, with at most `1/ratio` of the target's compute.
  public List<Rung> rungs(double ratio) {
    double limit = target().flops() / ratio;
    List<Rung> rungs = new ArrayList<>();
    for (int dim : dims) {
      for (int repeat = 0; repeat < repeats; repeat++) {
        long seed = base.seed() + SEED_STEP * repeat;
        TrainConfig config = rule().at(dim, seed).withThreads(1);
        if (config.flops() <= limit) {
          rungs.add(new Rung("dim-%d-seed-%d".formatted(dim, seed), config));
        }
      }
    }
    return rungs;
  }

  /// The same plan with other data.
  public LadderConfig withData(String data) {
    return with(base.withData(data), tokensPerParameter, minutes);
  }

  /// The same plan with all runs shortened or lengthened to take about `budget` minutes in all.
  public LadderConfig within(double budget) {
    if (!(budget > 0)) {
      throw new ConfigException("--minutes (" + budget + ") must be above 0");
    }
    return with(base, tokensPerParameter * budget / minutes, budget);
  }

  private LadderConfig with(TrainConfig newBase, double newTokens, double newMinutes) {
    return new LadderConfig(
        newBase,
        recipe,
        newTokens,
        widthPerLayer,
        minLayers,
        targetDim,
        dims,
        repeats,
        level,
        assume,
        newMinutes);
  }

  /// From a size to all settings.
  public Recipe rule() {
    return new Recipe(base, recipe, tokensPerParameter, widthPerLayer, minLayers);
  }
}

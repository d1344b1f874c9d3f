package dev.auspex.scaling;

import dev.auspex.config.ConfigException;
import dev.auspex.train.Recipe;
import dev.auspex.train.RecipeConfig;
import dev.auspex.train.TrainConfig;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A target and the ladder of smaller runs that foretells it, all from one recipe.
///
/// @param base settings at the width where they were tuned
/// @param recipe how batch, rates, beta2 and weight decay follow the tokens
/// @param tokensPerParameter training tokens for each parameter, in every run
/// @param widthPerLayer width gained with each block
/// @param minLayers fewest blocks
/// @param targetDim width of the target
/// @param dims widths of the ladder
/// @param horizons several lengths for every width; absent for the recipe's alone
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
    @Nullable HorizonsConfig horizons,
    int repeats,
    double level,
    String assume,
    double minutes) {
  private static final long SEED_STEP = 1000;
  private static final long FEWEST_STEPS = 150;
  private static final int FEWEST_RUNGS = 3;

  public LadderConfig {
    dims = List.copyOf(dims);
    if (!(level > 0 && level < 1)) {
      throw new ConfigException("level (" + level + ") must lie in (0, 1); usual: 0.9");
    }
    if (!Assumptions.isMeasured(assume)) {
      Assumptions.named(assume);
    }
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

  /// The ladder's runs, each on one thread, with at most `1/ratio` of the target's compute.
  public List<Rung> rungs(double ratio) {
    HorizonsConfig lengths = horizons;
    if (lengths != null && lengths.trunk() != null) {
      return trunks(ratio).stream()
          .flatMap(trunk -> trunk.branches().stream())
          .map(Trunk.Branch::rung)
          .toList();
    }
    double limit = target().flops() / ratio;
    List<Rung> rungs = new ArrayList<>();
    for (Place place : places()) {
      for (double multiple : lengths == null ? List.of(1.0) : lengths.multiples()) {
        TrainConfig config = place.at(multiple);
        if (config.flops() <= limit) {
          rungs.add(
              new Rung(place.name(lengths == null ? "" : "x" + shown(multiple) + "-"), config));
        }
      }
    }
    return rungs;
  }

  /// Fails where fewer amounts of compute lie below the ratio than a law can be fitted to.
  public void requireRungs(double ratio) {
    if (!(ratio >= 1)) {
      throw new ConfigException("--ratio (" + ratio + ") must be at least 1");
    }
    long found = rungs(ratio).stream().map(rung -> rung.config().flops()).distinct().count();
    if (found < FEWEST_RUNGS) {
      double smallest =
          rungs(1).stream().mapToDouble(rung -> rung.config().flops()).min().orElse(Double.NaN);
      throw new ConfigException(
          "--ratio (%s) must leave at least %d amounts of compute, it leaves %d; the plan's smallest is 1/%.0f of the target: lower it or add smaller dims"
              .formatted(ratio, FEWEST_RUNGS, found, target().flops() / smallest));
    }
  }

  /// The trunks from which the ladder's runs are finished, one for each width and seed; none where
  /// each run is made from its first step.
  public List<Trunk> trunks(double ratio) {
    HorizonsConfig lengths = horizons;
    Double tuned = lengths == null ? null : lengths.trunk();
    if (lengths == null || tuned == null) {
      return List.of();
    }
    double limit = target().flops() / ratio;
    List<Trunk> trunks = new ArrayList<>();
    for (Place place : places()) {
      List<Trunk.Length> all =
          lengths.multiples().stream()
              .map(
                  multiple ->
                      new Trunk.Length(
                          place.name("x%s-of-%s-".formatted(shown(multiple), shown(tuned))),
                          place.tokens(multiple)))
              .toList();
      Trunk.of(place.name("trunk-" + shown(tuned) + "-"), place.at(tuned), all, limit)
          .ifPresent(trunks::add);
    }
    return trunks;
  }

  /// What to say of runs so short that warm-up and decay are most of them: the same widths lay 2%
  /// to 4% higher after 80 to 163 steps than after 225 to 445 smaller ones, and their ladder was
  /// flatter by a seventh (docs/log.md). Empty where all are longer.
  public Optional<String> shortRuns(double ratio) {
    return rungs(ratio).stream()
        .min(Comparator.comparingLong(rung -> rung.config().steps()))
        .filter(rung -> rung.config().steps() < FEWEST_STEPS)
        .map(
            rung ->
                "%s has %,d steps; with fewer than %d a ladder is too flat, lower base.batch_size (%d)"
                    .formatted(rung.name(), rung.config().steps(), FEWEST_STEPS, base.batchSize()));
  }

  private static String shown(double multiple) {
    return new BigDecimal(Double.toString(multiple)).stripTrailingZeros().toPlainString();
  }

  private List<Place> places() {
    List<Place> places = new ArrayList<>();
    for (int dim : dims) {
      for (int repeat = 0; repeat < repeats; repeat++) {
        places.add(new Place(rule(), dim, base.seed() + SEED_STEP * repeat));
      }
    }
    return places;
  }

  /// A width and a seed.
  private record Place(Recipe rule, int dim, long seed) {
    /// Tokens of a run of `multiple` times the recipe's length.
    double tokens(double multiple) {
      return multiple * rule.tokens(dim, rule.layers(dim));
    }

    TrainConfig at(double multiple) {
      return rule.at(dim, rule.layers(dim), tokens(multiple), seed).withThreads(1);
    }

    String name(String part) {
      return "dim-%d-%sseed-%d".formatted(dim, part, seed);
    }
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
        horizons,
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

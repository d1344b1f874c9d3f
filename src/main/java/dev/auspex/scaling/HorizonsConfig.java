package dev.auspex.scaling;

import dev.auspex.config.ConfigException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Several lengths for every width of a ladder, so that L(N, D) sees size and data apart.
///
/// @param multiples lengths in multiples of the recipe's tokens, ascending
/// @param trunk the multiple whose batch and rates all lengths of a width share: one run at a
///     constant rate goes through, and each length is finished from it by a decay of its own;
///     absent where each length is a run from its first step, with its own batch and rates
public record HorizonsConfig(List<Double> multiples, @Nullable Double trunk) {
  public HorizonsConfig {
    multiples = multiples.stream().distinct().sorted().toList();
    if (multiples.isEmpty() || !(multiples.getFirst() > 0)) {
      throw new ConfigException(
          "multiples ("
              + multiples
              + ") must be one length or more, each above 0; usual: [0.5, 1, 2]");
    }
    if (trunk != null && !(trunk > 0)) {
      throw new ConfigException(
          "trunk (%s) must be a length above 0 whose batch and rates all share; usual: 1"
              .formatted(trunk));
    }
  }
}

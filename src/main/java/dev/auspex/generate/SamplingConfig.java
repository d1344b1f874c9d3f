package dev.auspex.generate;

import dev.auspex.config.ConfigException;

/// How the next token is drawn.
///
/// @param temperature divides the scores; 0 takes the most likely token
/// @param topK only the k most likely tokens; 0 for all
/// @param topP only the fewest tokens whose probability reaches p (Holtzman et al. 2020, arXiv
///     1904.09751); 1 for all
/// @param minP only tokens at least this fraction as likely as the best (arXiv 2407.01082); 0 for
/// all
/// @param seed of the draws
public record SamplingConfig(double temperature, int topK, double topP, double minP, long seed) {
  public SamplingConfig {
    if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new ConfigException("temperature (" + temperature + ") must be 0 or more");
    }
    if (topK < 0) {
      throw new ConfigException("top_k (" + topK + ") must be 0 (all) or more");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new ConfigException("top_p (" + topP + ") must lie in (0, 1]");
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw new ConfigException("min_p (" + minP + ") must lie in [0, 1]");
    }
  }

  /// The same rules with other draws.
  public SamplingConfig withSeed(long newSeed) {
    return new SamplingConfig(temperature, topK, topP, minP, newSeed);
  }

  /// A sampler that follows these rules from a fresh stream of draws.
  public Sampler sampler() {
    return temperature == 0 ? Sampler.ARGMAX : new FilteredSampler(this);
  }
}

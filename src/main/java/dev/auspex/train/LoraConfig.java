package dev.auspex.train;

import dev.auspex.config.ConfigException;
import java.util.List;

/// What is trained in place of a model's own weights (Hu et al. 2021, arXiv 2106.09685).
///
/// @param rank inner width of what is added to each matrix
/// @param alpha what is added is multiplied by `alpha / rank`
/// @param targetModules the matrices, by the names that Hugging Face has for them, such as
///     `q_proj`; empty for all inside the blocks
public record LoraConfig(int rank, double alpha, List<String> targetModules) {
  public LoraConfig {
    targetModules = List.copyOf(targetModules);
    if (rank < 1) {
      throw new ConfigException("rank (" + rank + ") must be at least 1; usual: 8");
    }
    if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
      throw new ConfigException("alpha (" + alpha + ") must be a positive number; usual: 16");
    }
  }
}

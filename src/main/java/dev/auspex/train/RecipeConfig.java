package dev.auspex.train;

import dev.auspex.config.ConfigException;

/// How batch, rates, memory of the second moment and weight decay follow the length and width of a
/// run.
///
/// `auspex scale check` measures whether the exponents hold.
///
/// @param batchExponent the batch grows as tokens to this power
/// @param rateBatchExponent learning rates grow as the batch to this power; 0.5 keeps the noise of
///     Adam's updates (Malladi et al. 2022, arXiv 2205.10287)
/// @param rateHorizonExponent learning rates shrink as tokens to this power, on top of the batch;
///     0.3 in Marin's recipe
/// @param rateWidthExponent learning rates shrink as the width to this power, beyond what muP does
/// @param beta2ByBatch whether beta2 is raised to the growth of the batch, which keeps the second
///     moment's half-life in tokens
/// @param decayByHorizon whether weight decay keeps its timescale a constant share of the run, i.e.
///     rate x decay x steps stays (Wang and Aitchison 2024, arXiv 2405.13698)
public record RecipeConfig(
    double batchExponent,
    double rateBatchExponent,
    double rateHorizonExponent,
    double rateWidthExponent,
    boolean beta2ByBatch,
    boolean decayByHorizon) {
  public RecipeConfig {
    exponent("batch_exponent", batchExponent);
    exponent("rate_batch_exponent", rateBatchExponent);
    exponent("rate_horizon_exponent", rateHorizonExponent);
    exponent("rate_width_exponent", rateWidthExponent);
  }

  private static void exponent(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new ConfigException(key + " (" + value + ") must lie in [0, 1]");
    }
  }
}

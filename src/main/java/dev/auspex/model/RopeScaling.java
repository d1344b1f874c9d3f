package dev.auspex.model;

import dev.auspex.config.ConfigException;

/// Llama 3.1's stretching of the slow rotary frequencies to a longer context (arXiv 2407.21783,
/// section 3.4.2; type `llama3` in Hugging Face folders).
///
/// @param factor by which the slowest frequencies are divided; above 1
/// @param lowFactor waves longer than `originalContext / lowFactor` are stretched in full
/// @param highFactor waves shorter than `originalContext / highFactor` are left alone
/// @param originalContext context length before stretching
public record RopeScaling(
    double factor, double lowFactor, double highFactor, double originalContext) {
  public RopeScaling {
    if (!(factor >= 1 && lowFactor > 0 && highFactor > lowFactor && originalContext > 0)
        || Double.isInfinite(factor + highFactor + originalContext)) {
      throw new ConfigException(
          "rope_scaling (factor %s, low %s, high %s, original %s) must have factor >= 1, high > low > 0, original > 0"
              .formatted(factor, lowFactor, highFactor, originalContext));
    }
  }

  /// By how much to divide a frequency.
  ///
  /// @param frequency radians per position
  public double divisor(double frequency) {
    double waves = originalContext * frequency / (2 * Math.PI);
    if (waves > highFactor) {
      return 1;
    }
    if (waves < lowFactor) {
      return factor;
    }
    double smooth = (waves - lowFactor) / (highFactor - lowFactor);
    return 1 / ((1 - smooth) / factor + smooth);
  }
}

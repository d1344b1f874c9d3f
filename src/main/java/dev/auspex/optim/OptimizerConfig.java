package dev.auspex.optim;

import dev.auspex.config.ConfigException;

/// Which optimiser, with the settings found at the base width.
public sealed interface OptimizerConfig {
  /// Peak rate of the hidden matrices, at the base width.
  double learningRate();

  /// What a longer run or a larger batch changes.
  ///
  /// @param rate factor on every peak rate
  /// @param beta2Power power to which beta2 is raised
  /// @param decay factor on weight decay
  record Factors(double rate, double beta2Power, double decay) {}

  /// The same settings for another length or batch.
  default OptimizerConfig scaled(Factors by) {
    return switch (this) {
      case Adamw c ->
          new Adamw(
              c.learningRate * by.rate,
              c.beta1,
              by.beta2Power == 1 ? c.beta2 : Math.pow(c.beta2, by.beta2Power),
              c.eps,
              c.hiddenWeightDecay * by.decay);
      case Muon c ->
          new Muon(
              c.learningRate * by.rate,
              c.momentum,
              c.weightDecay * by.decay,
              c.othersLearningRate * by.rate,
              c.beta1,
              by.beta2Power == 1 ? c.beta2 : Math.pow(c.beta2, by.beta2Power),
              c.eps);
    };
  }

  /// AdamW for every parameter.
  ///
  /// @param learningRate peak rate at the base width
  /// @param hiddenWeightDecay decay of hidden matrices and head, times the learning rate
  record Adamw(
      double learningRate, double beta1, double beta2, double eps, double hiddenWeightDecay)
      implements OptimizerConfig {
    public Adamw {
      positive("learning_rate", learningRate);
      share("beta1", beta1);
      share("beta2", beta2);
      positive("eps", eps);
      notNegative("hidden_weight_decay", hiddenWeightDecay);
    }
  }

  /// Muon for hidden matrices, AdamW for embedding, head and gains.
  ///
  /// @param learningRate peak rate of the hidden matrices
  /// @param momentum Nesterov momentum
  /// @param weightDecay decay of the hidden matrices, times the learning rate
  /// @param othersLearningRate peak rate of embedding, head and gains, at the base width
  record Muon(
      double learningRate,
      double momentum,
      double weightDecay,
      double othersLearningRate,
      double beta1,
      double beta2,
      double eps)
      implements OptimizerConfig {
    public Muon {
      positive("learning_rate", learningRate);
      share("momentum", momentum);
      notNegative("weight_decay", weightDecay);
      positive("others_learning_rate", othersLearningRate);
      share("beta1", beta1);
      share("beta2", beta2);
      positive("eps", eps);
    }
  }

  private static void positive(String key, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ConfigException(key + " (" + value + ") must be a positive number");
    }
  }

  private static void notNegative(String key, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new ConfigException(key + " (" + value + ") must be 0 or a positive number");
    }
  }

  private static void share(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new ConfigException(key + " (" + value + ") must lie in [0, 1)");
    }
  }
}

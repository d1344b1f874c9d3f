package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.util.Map;

/// Starting values with which some heads of the first layer attend to the token one back, two back
/// and so on, from the first step.
///
/// A model must find such heads before it can use pairs of tokens and copy from its context
/// (Olsson et al. 2022, arXiv 2209.11895); runs of a few hundred steps seem not to have found
/// them where longer ones have, which would bend a scaling curve. Only values differ, so the
/// model stays of Llama's shape. After mimetic initialization (Trockman and Kolter 2023, arXiv
/// 2305.09828), which sets queries and keys too, but not by position.
///
/// All embeddings get a common part, as large as what tells them apart; queries and keys of these
/// heads map it to constants whose rotations (RoPE) agree at the wanted distance.
final class Lookback {
  /// By how much the score of the wanted distance leads that of its neighbours.
  private static final double LEAD = 6;

  /// What the heads keep of their random values.
  private static final double KEPT = 0.25;

  /// Share of heads without a place to look at, in units of those that share an offset.
  private static final int FREE = 2;

  private final GptConfig config;
  private final double amplitude; // of each pair of a query or key that turns fast enough

  private Lookback(GptConfig config) {
    this.config = config;
    double lead = 0; // where all amplitudes are one
    for (int pair = 0; pair < config.headDim() / 2; pair++) {
      lead += turns(pair) ? 1 - Math.cos(frequency(pair)) : 0;
    }
    this.amplitude = Math.sqrt(LEAD * Math.sqrt(config.headDim()) / lead);
  }

  /// Changes drawn values.
  ///
  /// @param offsets distances 1 to this, each for `num_kv_heads / (offsets + 2)` heads of keys, at
  ///     least one
  static void set(GptConfig config, int offsets, Map<String, Tensor> values) {
    Lookback lookback = new Lookback(config);
    int heads = config.numKvHeads();
    int each = Math.max(1, heads / (offsets + FREE));
    int group = config.numHeads() / heads;
    Tensor query = values.get("model.layers.0.self_attn.q_proj.weight");
    Tensor key = values.get("model.layers.0.self_attn.k_proj.weight");
    try (TensorScope _ = TensorScope.open()) {
      Tensor embeddings = values.get("model.embed_tokens.weight");
      Tensor sums = embeddings.sum(1).reshape(config.vocabSize(), 1);
      embeddings.addInPlace(sums, -1.0 / config.dim()).addInPlace(Initializer.EMBEDDING_STD);
      for (int head = 0; head < Math.min(heads, each * offsets); head++) {
        lookback.direct(key, head, 1 + head / each);
        for (int i = 0; i < group; i++) {
          lookback.direct(query, head * group + i, 0);
        }
      }
    }
  }

  /// Radians per position.
  private double frequency(int pair) {
    return Math.pow(config.ropeTheta(), -2.0 * pair / config.headDim());
  }

  /// Whether a pair turns by a radian within the context; slower ones tell no distances apart, and
  /// add to all scores what differs between tokens.
  private boolean turns(int pair) {
    return frequency(pair) * config.contextLength() >= 1;
  }

  /// Sets one head's rows of a projection `[heads * head_dim, dim]`.
  ///
  /// @param ahead positions by which what it makes of the common part is turned ahead
  private void direct(Tensor projection, int head, int ahead) {
    int width = config.headDim();
    int half = width / 2;
    float[] added = new float[width];
    for (int pair = 0; pair < half; pair++) {
      if (turns(pair)) {
        double angle = ahead * frequency(pair);
        added[pair] = share(amplitude * Math.cos(angle));
        added[pair + half] = share(amplitude * Math.sin(angle));
      }
    }
    projection
        .narrow(0, (long) head * width, width)
        .multiplyInPlace(KEPT)
        .addInPlace(Tensor.of(added, width, 1));
  }

  /// What every weight of a row adds so that the common part of a normalised embedding gives `sum`.
  private float share(double sum) {
    return (float) (sum * Math.sqrt(2) / config.dim());
  }
}

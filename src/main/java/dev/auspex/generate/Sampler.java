package dev.auspex.generate;

/// Picks the next token from the model's scores.
@FunctionalInterface
public interface Sampler {
  /// The most likely token; the lowest id among equals.
  Sampler ARGMAX =
      logits -> {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
          if (logits[id] > logits[best]) {
            best = id;
          }
        }
        return best;
      };

  /// @param logits one score per token id; may be overwritten
  /// @return a token id
  int pick(float[] logits);
}

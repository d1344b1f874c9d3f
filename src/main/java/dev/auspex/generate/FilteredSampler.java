package dev.auspex.generate;

import java.util.SplittableRandom;

/// Draws from the softmax after temperature, top-k, top-p and min-p, in that order.
final class FilteredSampler implements Sampler {
  private final SamplingConfig config;
  private final SplittableRandom random;

  FilteredSampler(SamplingConfig config) {
    this.config = config;
    this.random = new SplittableRandom(config.seed());
  }

  @Override
  public int pick(float[] logits) {
    int[] order = descending(logits);
    double best = logits[order[0]] / config.temperature();
    int count = config.topK() > 0 ? Math.min(config.topK(), order.length) : order.length;
    double[] weights = new double[count];
    double total = 0;
    for (int i = 0; i < count; i++) {
      weights[i] = Math.exp(logits[order[i]] / config.temperature() - best);
      total += weights[i];
    }
    double kept = 0;
    int last = 0;
    while (last < count
        && weights[last] >= config.minP()
        && (last == 0 || kept < config.topP() * total)) {
      kept += weights[last++];
    }
    double draw = random.nextDouble() * kept;
    for (int i = 0; i < last; i++) {
      draw -= weights[i];
      if (draw < 0) {
        return order[i];
      }
    }
    return order[last - 1];
  }

  private static int[] descending(float[] logits) {
    long[] keys = new long[logits.length];
    for (int id = 0; id < logits.length; id++) {
      int bits = Float.floatToIntBits(logits[id]);
      int key = bits < 0 ? bits & Integer.MAX_VALUE : ~bits; // ascending key, descending score
      keys[id] = (long) key << 32 | id;
    }
    java.util.Arrays.sort(keys);
    int[] order = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (int) keys[i];
    }
    return order;
  }
}

package dev.auspex.model;

import java.util.HashMap;
import java.util.Map;

/// The decoder written as loops over doubles, one sequence at a time: the slow readable twin.
final class NaiveGpt {
  private final GptConfig config;
  private final Map<String, float[]> weights = new HashMap<>();

  NaiveGpt(Gpt model) {
    this.config = model.config();
    model.parameters().forEach(p -> weights.put(p.name(), p.value().toFloats()));
  }

  /// @return logits `[tokens, vocab]`
  double[] logits(int[] ids) {
    double[][] x = embedded(ids);
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String at = "model.layers." + layer + ".";
      add(x, attention(norm(x, at + "input_layernorm.weight"), at + "self_attn."));
      add(x, feedForward(norm(x, at + "post_attention_layernorm.weight"), at + "mlp."));
    }
    double[][] logits =
        multiply(norm(x, "model.norm.weight"), "lm_head.weight", config.vocabSize());
    double[] flat = new double[ids.length * config.vocabSize()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = config.widthMultiplier() * logits[i / config.vocabSize()][i % config.vocabSize()];
    }
    return flat;
  }

  /// Attention of the first layer: what each head gives to each token seen `[heads, tokens, seen]`.
  double[][][] firstShares(int[] ids) {
    String at = "model.layers.0.";
    return shares(norm(embedded(ids), at + "input_layernorm.weight"), at + "self_attn.");
  }

  private double[][] embedded(int[] ids) {
    int dim = config.dim();
    double[][] x = new double[ids.length][dim];
    for (int t = 0; t < ids.length; t++) {
      for (int d = 0; d < dim; d++) {
        x[t][d] = weights.get("model.embed_tokens.weight")[ids[t] * dim + d];
      }
    }
    return x;
  }

  private void add(double[][] x, double[][] branch) {
    for (int t = 0; t < x.length; t++) {
      for (int d = 0; d < x[t].length; d++) {
        x[t][d] += config.residualMultiplier() * branch[t][d];
      }
    }
  }

  private double[][] attention(double[][] x, String at) {
    int heads = config.numHeads();
    int kv = config.numKvHeads();
    int width = config.headDim();
    double[][][] shares = shares(x, at);
    double[][] v = multiply(x, at + "v_proj.weight", kv * width);
    double[][] mixed = new double[x.length][heads * width];
    for (int head = 0; head < heads; head++) {
      int from = head / (heads / kv) * width;
      for (int t = 0; t < x.length; t++) {
        for (int s = 0; s <= t; s++) {
          for (int e = 0; e < width; e++) {
            mixed[t][head * width + e] += shares[head][t][s] * v[s][from + e];
          }
        }
      }
    }
    return multiply(mixed, at + "o_proj.weight", config.dim());
  }

  private double[][][] shares(double[][] x, String at) {
    int heads = config.numHeads();
    int kv = config.numKvHeads();
    int width = config.headDim();
    double[][] q = multiply(x, at + "q_proj.weight", heads * width);
    double[][] k = multiply(x, at + "k_proj.weight", kv * width);
    if (config.qkNorm()) {
      headNorm(q, heads, weights.get(at + "q_norm.weight"));
      headNorm(k, kv, weights.get(at + "k_norm.weight"));
    }
    rotate(q, heads);
    rotate(k, kv);
    double[][][] shares = new double[heads][x.length][];
    for (int head = 0; head < heads; head++) {
      int from = head / (heads / kv) * width;
      for (int t = 0; t < x.length; t++) {
        double[] share = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          double dot = 0;
          for (int e = 0; e < width; e++) {
            dot += q[t][head * width + e] * k[s][from + e];
          }
          share[s] = Math.exp(dot / Math.sqrt(width));
          sum += share[s];
        }
        for (int s = 0; s <= t; s++) {
          share[s] /= sum;
        }
        shares[head][t] = share;
      }
    }
    return shares;
  }

  private void headNorm(double[][] x, int heads, float[] gain) {
    int width = config.headDim();
    for (double[] row : x) {
      for (int head = 0; head < heads; head++) {
        double sum = 0;
        for (int e = 0; e < width; e++) {
          sum += row[head * width + e] * row[head * width + e];
        }
        for (int e = 0; e < width; e++) {
          row[head * width + e] *= gain[e] / Math.sqrt(sum / width + config.normEps());
        }
      }
    }
  }

  private void rotate(double[][] x, int heads) {
    int half = config.headDim() / 2;
    for (int t = 0; t < x.length; t++) {
      for (int head = 0; head < heads; head++) {
        for (int e = 0; e < half; e++) {
          double angle = t * Math.pow(config.ropeTheta(), -(double) e / half);
          int a = head * 2 * half + e;
          double first = x[t][a];
          double second = x[t][a + half];
          x[t][a] = first * Math.cos(angle) - second * Math.sin(angle);
          x[t][a + half] = second * Math.cos(angle) + first * Math.sin(angle);
        }
      }
    }
  }

  private double[][] feedForward(double[][] x, String at) {
    double[][] gate = multiply(x, at + "gate_proj.weight", config.ffnDim());
    double[][] up = multiply(x, at + "up_proj.weight", config.ffnDim());
    for (int t = 0; t < x.length; t++) {
      for (int f = 0; f < config.ffnDim(); f++) {
        gate[t][f] = gate[t][f] / (1 + Math.exp(-gate[t][f])) * up[t][f];
      }
    }
    return multiply(gate, at + "down_proj.weight", config.dim());
  }

  private double[][] norm(double[][] x, String gainName) {
    float[] gain = weights.get(gainName);
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double sum = 0;
      for (double value : x[t]) {
        sum += value * value;
      }
      double scale = 1 / Math.sqrt(sum / x[t].length + config.normEps());
      out[t] = new double[x[t].length];
      for (int d = 0; d < x[t].length; d++) {
        out[t][d] = x[t][d] * scale * gain[d];
      }
    }
    return out;
  }

  private double[][] multiply(double[][] x, String name, int rows) {
    float[] weight = weights.get(name);
    double[][] out = new double[x.length][rows];
    for (int t = 0; t < x.length; t++) {
      for (int row = 0; row < rows; row++) {
        for (int d = 0; d < x[t].length; d++) {
          out[t][row] += x[t][d] * weight[row * x[t].length + d];
        }
      }
    }
    return out;
  }
}

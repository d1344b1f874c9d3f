package dev.auspex.interchange;

import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A Hugging Face folder run with plain loops over doubles: its own reader, its own arithmetic,
/// straight from the definition of the two architectures.
final class HuggingFaceReference {
  private final JsonNode config;
  private final Map<String, double[]> weights = new HashMap<>();
  private final boolean gpt2;
  private final int dim;
  private final int heads;
  private final int kvHeads;
  private final int width;
  private final double eps;

  HuggingFaceReference(Path folder) throws IOException {
    config = Json.readTree(folder.resolve("config.json"));
    gpt2 = config.path("model_type").asString("").equals("gpt2");
    dim = config.path(gpt2 ? "n_embd" : "hidden_size").asInt();
    heads = config.path(gpt2 ? "n_head" : "num_attention_heads").asInt();
    kvHeads = gpt2 ? heads : config.path("num_key_value_heads").asInt();
    width = gpt2 ? dim / heads : config.path("head_dim").asInt(dim / heads);
    eps = config.path(gpt2 ? "layer_norm_epsilon" : "rms_norm_eps").asDouble(1e-5);
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve("model.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] json = new byte[(int) file.getLong()];
    file.get(json);
    int base = file.position();
    for (Map.Entry<String, JsonNode> entry : Json.MAPPER.readTree(json).properties()) {
      if (!entry.getKey().equals("__metadata__")) {
        int from = base + entry.getValue().path("data_offsets").path(0).asInt();
        int to = base + entry.getValue().path("data_offsets").path(1).asInt();
        String name = entry.getKey().replaceFirst("^(transformer|model)\\.", "");
        weights.put(name, numbers(file, from, to, entry.getValue().path("dtype").asString()));
      }
    }
  }

  private static double[] numbers(ByteBuffer file, int from, int to, String dtype) {
    int bytes = dtype.equals("F32") ? 4 : 2;
    double[] numbers = new double[(to - from) / bytes];
    for (int i = 0; i < numbers.length; i++) {
      int at = from + i * bytes;
      numbers[i] =
          switch (dtype) {
            case "F32" -> file.getFloat(at);
            case "F16" -> Float.float16ToFloat(file.getShort(at));
            case "BF16" -> Float.intBitsToFloat(file.getShort(at) << 16);
            default -> throw new IllegalArgumentException(dtype);
          };
    }
    return numbers;
  }

  /// @return logits after the last token
  double[] logits(int... ids) {
    double[][] x = new double[ids.length][];
    String table = gpt2 ? "wte.weight" : "embed_tokens.weight";
    for (int t = 0; t < ids.length; t++) {
      x[t] = Arrays.copyOfRange(weights.get(table), ids[t] * dim, (ids[t] + 1) * dim);
      for (int d = 0; gpt2 && d < dim; d++) {
        x[t][d] += weights.get("wpe.weight")[t * dim + d];
      }
    }
    int layers = config.path(gpt2 ? "n_layer" : "num_hidden_layers").asInt();
    for (int layer = 0; layer < layers; layer++) {
      if (gpt2) {
        gpt2Layer(x, "h." + layer + ".");
      } else {
        llamaLayer(x, "layers." + layer + ".");
      }
    }
    double[] last = norm(x[ids.length - 1], gpt2 ? "ln_f" : "norm");
    String head = weights.containsKey("lm_head.weight") ? "lm_head.weight" : table;
    return times(last, weights.get(head), false, null);
  }

  private void gpt2Layer(double[][] x, String at) {
    double[][] q = new double[x.length][];
    double[][] k = new double[x.length][];
    double[][] v = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] all = conv(norm(x[t], at + "ln_1"), at + "attn.c_attn");
      q[t] = Arrays.copyOfRange(all, 0, dim);
      k[t] = Arrays.copyOfRange(all, dim, 2 * dim);
      v[t] = Arrays.copyOfRange(all, 2 * dim, 3 * dim);
    }
    double[][] mixed = attend(q, k, v);
    for (int t = 0; t < x.length; t++) {
      add(x[t], conv(mixed[t], at + "attn.c_proj"));
      double[] inner = conv(norm(x[t], at + "ln_2"), at + "mlp.c_fc");
      for (int f = 0; f < inner.length; f++) {
        double u = inner[f];
        double bend = Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u * u * u));
        inner[f] = 0.5 * u * (1 + bend);
      }
      add(x[t], conv(inner, at + "mlp.c_proj"));
    }
  }

  private double[] conv(double[] x, String name) {
    return times(x, weights.get(name + ".weight"), true, weights.get(name + ".bias"));
  }

  private void llamaLayer(double[][] x, String at) {
    double[][] q = new double[x.length][];
    double[][] k = new double[x.length][];
    double[][] v = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] h = norm(x[t], at + "input_layernorm");
      q[t] =
          turned(
              times(h, weights.get(at + "self_attn.q_proj.weight"), false, null),
              t,
              weights.get(at + "self_attn.q_norm.weight"));
      k[t] =
          turned(
              times(h, weights.get(at + "self_attn.k_proj.weight"), false, null),
              t,
              weights.get(at + "self_attn.k_norm.weight"));
      v[t] = times(h, weights.get(at + "self_attn.v_proj.weight"), false, null);
    }
    double[][] mixed = attend(q, k, v);
    for (int t = 0; t < x.length; t++) {
      add(x[t], times(mixed[t], weights.get(at + "self_attn.o_proj.weight"), false, null));
      double[] h = norm(x[t], at + "post_attention_layernorm");
      double[] gate = times(h, weights.get(at + "mlp.gate_proj.weight"), false, null);
      double[] up = times(h, weights.get(at + "mlp.up_proj.weight"), false, null);
      for (int f = 0; f < up.length; f++) {
        up[f] *= gate[f] / (1 + Math.exp(-gate[f]));
      }
      add(x[t], times(up, weights.get(at + "mlp.down_proj.weight"), false, null));
    }
  }

  /// QK-norm where there is a gain, then rotation of the two halves of each head.
  private double[] turned(double[] x, int position, double[] gain) {
    double[] out = new double[x.length];
    for (int from = 0; from < x.length; from += width) {
      double[] head = Arrays.copyOfRange(x, from, from + width);
      if (gain != null) {
        double mean = Arrays.stream(head).map(e -> e * e).sum() / width;
        for (int e = 0; e < width; e++) {
          head[e] *= gain[e] / Math.sqrt(mean + eps);
        }
      }
      for (int e = 0; e < width / 2; e++) {
        double angle = position * frequency(e);
        double a = head[e];
        double b = head[e + width / 2];
        out[from + e] = a * Math.cos(angle) - b * Math.sin(angle);
        out[from + e + width / 2] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
    return out;
  }

  /// As Transformers computes it for `rope_type` `llama3` and `linear`.
  private double frequency(int e) {
    double plain = Math.pow(config.path("rope_theta").asDouble(10000), -2.0 * e / width);
    JsonNode scaling = config.path("rope_scaling");
    if (!scaling.isObject()) {
      return plain;
    }
    double factor = scaling.path("factor").asDouble();
    if (scaling.path("type").asString("").equals("linear")) {
      return plain / factor;
    }
    double old = scaling.path("original_max_position_embeddings").asDouble();
    double wavelength = 2 * Math.PI / plain;
    double low = scaling.path("low_freq_factor").asDouble();
    double high = scaling.path("high_freq_factor").asDouble();
    if (wavelength < old / high) {
      return plain;
    }
    if (wavelength > old / low) {
      return plain / factor;
    }
    double smooth = (old / wavelength - low) / (high - low);
    return (1 - smooth) * plain / factor + smooth * plain;
  }

  private double[][] attend(double[][] q, double[][] k, double[][] v) {
    double[][] out = new double[q.length][heads * width];
    for (int t = 0; t < q.length; t++) {
      for (int head = 0; head < heads; head++) {
        int of = head * width;
        int from = head / (heads / kvHeads) * width;
        double[] weight = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          double dot = 0;
          for (int e = 0; e < width; e++) {
            dot += q[t][of + e] * k[s][from + e];
          }
          weight[s] = Math.exp(dot / Math.sqrt(width));
          sum += weight[s];
        }
        for (int s = 0; s <= t; s++) {
          for (int e = 0; e < width; e++) {
            out[t][of + e] += weight[s] / sum * v[s][from + e];
          }
        }
      }
    }
    return out;
  }

  private double[] norm(double[] x, String name) {
    double[] gain = weights.get(name + ".weight");
    double[] shift = weights.get(name + ".bias");
    double mean = gpt2 ? Arrays.stream(x).sum() / x.length : 0;
    double variance = Arrays.stream(x).map(e -> (e - mean) * (e - mean)).sum() / x.length;
    double[] out = new double[x.length];
    for (int d = 0; d < x.length; d++) {
      out[d] = (x[d] - mean) / Math.sqrt(variance + eps) * gain[d] + (shift == null ? 0 : shift[d]);
    }
    return out;
  }

  /// A product with `[out, in]`, or with `[in, out]` where inputs come first.
  private static double[] times(double[] x, double[] matrix, boolean inputsFirst, double[] bias) {
    int rows = matrix.length / x.length;
    double[] out = bias == null ? new double[rows] : bias.clone();
    for (int row = 0; row < rows; row++) {
      for (int d = 0; d < x.length; d++) {
        out[row] += x[d] * matrix[inputsFirst ? d * rows + row : row * x.length + d];
      }
    }
    return out;
  }

  private static void add(double[] x, double[] y) {
    for (int d = 0; d < x.length; d++) {
      x[d] += y[d];
    }
  }
}

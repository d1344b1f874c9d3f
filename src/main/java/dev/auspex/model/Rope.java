package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.kernel.AttentionKernel;

/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864), halves split as in Llama's
/// Hugging Face layout. Queries come out already divided by the square root of the head width.
final class Rope {
  private final Tensor cos; // [S, H + K, E]
  private final Tensor sin; // [S, H + K, E]

  Rope(GptConfig config, Variant variant, DType compute) {
    int heads = config.numHeads() + config.numKvHeads();
    int width = config.headDim();
    int half = width / 2;
    float[] cosines = new float[config.contextLength() * heads * width];
    float[] sines = new float[cosines.length];
    double[] frequencies = frequencies(config, variant);
    double queryScale = 1 / Math.sqrt(width);
    int at = 0;
    for (int position = 0; position < config.contextLength(); position++) {
      for (int head = 0; head < heads; head++) {
        double scale = head < config.numHeads() ? queryScale : 1;
        for (int e = 0; e < width; e++, at++) {
          double angle = position * frequencies[e % half];
          cosines[at] = (float) (scale * Math.cos(angle));
          sines[at] = (float) (scale * Math.sin(angle) * (e < half ? -1 : 1));
        }
      }
    }
    this.cos = Tensor.of(cosines, config.contextLength(), heads, width).to(compute);
    this.sin = Tensor.of(sines, config.contextLength(), heads, width).to(compute);
  }

  /// Radians per position of each pair; none at all where positions are learned.
  private static double[] frequencies(GptConfig config, Variant variant) {
    double[] frequencies = new double[config.headDim() / 2];
    for (int pair = 0; pair < frequencies.length && !variant.gpt2(); pair++) {
      double plain = Math.pow(config.ropeTheta(), -2.0 * pair / config.headDim());
      RopeScaling scaling = variant.ropeScaling();
      frequencies[pair] = scaling == null ? plain : plain / scaling.divisor(plain);
    }
    return frequencies;
  }

  /// The turns alone, for the kernel: `[context, E / 2]` each.
  static AttentionKernel.Rotation rotation(GptConfig config, Variant variant) {
    double[] frequencies = frequencies(config, variant);
    float[] cosines = new float[config.contextLength() * frequencies.length];
    float[] sines = new float[cosines.length];
    for (int i = 0; i < cosines.length; i++) {
      double angle = i / frequencies.length * frequencies[i % frequencies.length];
      cosines[i] = (float) Math.cos(angle);
      sines[i] = (float) Math.sin(angle);
    }
    return new AttentionKernel.Rotation(cosines, sines);
  }

  /// @param x queries and keys side by side `[B, T, H + K, E]`
  /// @param start position of the first token
  /// @return same shape, rotated
  Tensor rotate(Tensor x, int start) {
    long length = x.size(1);
    int half = (int) x.size(3) / 2;
    Tensor swapped = Tensor.concat(3, x.narrow(3, half, half), x.narrow(3, 0, half));
    return swapped
        .multiply(sin.narrow(0, start, length))
        .addProduct(x, cos.narrow(0, start, length));
  }
}

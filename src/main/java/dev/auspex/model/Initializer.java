package dev.auspex.model;

import dev.auspex.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Draws starting values: the same on every device, since each parameter has a stream of its own
/// seeded by (seed, name).
///
/// Gains are one. The embedding has unit variance times 0.02 squared wherever the width; hidden
/// matrices have variance 1/fan-in, so that activations keep their size; the output head starts at
/// zero, as muP advises (arXiv 2203.03466, appendix D.2), and so do the matrices that write to the
/// residual stream.
public final class Initializer {
  static final double EMBEDDING_STD = 0.5;

  private Initializer() {}

  /// Values for every parameter, outside any scope.
  public static Map<String, Tensor> draw(GptConfig config, long seed) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    ParameterShapes.of(config).forEach((name, shape) -> values.put(name, one(name, shape, seed)));
    return values;
  }

  /// The same with an image encoder, where `vision` is given.
  public static Map<String, Tensor> draw(
      GptConfig config, @Nullable VisionConfig vision, long seed) {
    Map<String, Tensor> values = draw(config, seed);
    if (vision != null) {
      values.putAll(encoder(vision, config.dim(), seed));
    }
    return values;
  }

  /// The same with heads of the first layer that look back.
  ///
  /// @param lookback tokens back, 1 to this, that some heads attend to at the start; 0 for none
  public static Map<String, Tensor> draw(
      GptConfig config, @Nullable VisionConfig vision, int lookback, long seed) {
    Map<String, Tensor> values = draw(config, vision, seed);
    if (lookback > 0) {
      Lookback.set(config, lookback, values);
    }
    return values;
  }

  /// Values of an image encoder and its projection alone, outside any scope.
  ///
  /// @param decoderDim width that the projection leads to
  public static Map<String, Tensor> encoder(VisionConfig vision, int decoderDim, long seed) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    VisionShapes.of(vision, decoderDim)
        .forEach((name, shape) -> values.put(name, one(name, shape, seed)));
    return values;
  }

  private static Tensor one(String name, long[] shape, long seed) {
    int count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, Math.toIntExact(size));
    }
    float[] numbers = new float[count];
    if (name.matches(".*norm\\d?\\.weight")) {
      java.util.Arrays.fill(numbers, 1f);
    } else if (!startsAtZero(name)) {
      double std =
          name.equals("model.embed_tokens.weight") || name.equals(VisionShapes.POSITION)
              ? EMBEDDING_STD
              : 1 / Math.sqrt(shape[1]);
      SplittableRandom random = stream(seed, name);
      for (int i = 0; i < count; i++) {
        numbers[i] = (float) (std * random.nextGaussian());
      }
    }
    return Tensor.of(numbers, shape);
  }

  /// The random numbers of one parameter.
  static SplittableRandom stream(long seed, String name) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L ^ hash(name));
  }

  private static boolean startsAtZero(String name) {
    return name.equals("lm_head.weight")
        || name.endsWith("o_proj.weight")
        || name.endsWith("down_proj.weight")
        || name.endsWith("out_proj.weight")
        || name.endsWith("fc2.weight")
        || name.endsWith(".bias");
  }

  private static long hash(String name) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}

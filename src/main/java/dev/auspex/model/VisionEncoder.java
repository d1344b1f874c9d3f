package dev.auspex.model;

import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Squares of pixels to tokens of the decoder: patches, Transformer blocks that see all patches,
/// pixel shuffle, projection.
///
/// Owns nothing: its parameters belong to the {@link Gpt} it is part of.
final class VisionEncoder {
  /// Attention scores held at once, if not told otherwise.
  private static final long MOST_SCORES = 1L << 25;

  private final VisionConfig config;
  private final DType compute;
  private final Linear patch;
  private final Tensor positions;
  private final List<Layer> layers = new ArrayList<>();
  private final Tensor gain;
  private final Tensor shift;
  private final Linear projection;

  private record Layer(Linear queryKeyValue, Linear output, Linear up, Linear down) {}

  /// @param values parameters by name
  VisionEncoder(VisionConfig config, DType compute, Function<String, Tensor> values) {
    this.config = config;
    this.compute = compute;
    this.patch = linear(values, null, VisionShapes.PATCH);
    this.positions = values.apply(VisionShapes.POSITION);
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String at = VisionShapes.layer(layer);
      String self = at + "self_attn.";
      layers.add(
          new Layer(
              linear(values, at + "layer_norm1", self + "q_proj", self + "k_proj", self + "v_proj"),
              linear(values, null, self + "out_proj"),
              linear(values, at + "layer_norm2", at + "mlp.fc1"),
              linear(values, null, at + "mlp.fc2")));
    }
    this.gain = values.apply(VisionShapes.POST_NORM + ".weight");
    this.shift = values.apply(VisionShapes.POST_NORM + ".bias");
    this.projection =
        new Linear(
            List.of(values.apply(VisionShapes.PROJECTION)),
            List.of(),
            Linear.Affine.NONE,
            1,
            compute);
  }

  private Linear linear(Function<String, Tensor> values, @Nullable String norm, String... names) {
    List<Tensor> weights = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (String name : names) {
      weights.add(values.apply(name + ".weight"));
      biases.add(values.apply(name + ".bias"));
    }
    Linear.Affine affine =
        norm == null
            ? Linear.Affine.NONE
            : new Linear.Affine(values.apply(norm + ".weight"), values.apply(norm + ".bias"));
    return new Linear(weights, biases, affine, 1, compute);
  }

  VisionConfig config() {
    return config;
  }

  /// Squares do not see one another, so they go through in portions that bound the memory.
  ///
  /// @param patches normalised pixels `[squares, patches, 3 * patch * patch]`
  /// @return `[squares * tokens, decoder dim]`, in the compute type
  Tensor forward(Tensor patches) {
    return forward(patches, MOST_SCORES);
  }

  /// @param mostScores attention scores held at once
  Tensor forward(Tensor patches, long mostScores) {
    patches.requireShape("patches", Tensor.ANY, config.patches(), config.patchNumbers());
    long scores = (long) config.numHeads() * config.patches() * config.patches();
    long squares = patches.size(0);
    long portion = Math.max(1, mostScores / scores);
    if (squares <= portion) {
      return encoded(patches);
    }
    List<Tensor> parts = new ArrayList<>();
    for (long from = 0; from < squares; from += portion) {
      Tensor some = patches.narrow(0, from, Math.min(portion, squares - from));
      parts.add(TensorScope.returning(() -> encoded(some)));
    }
    return Tensor.concat(0, parts.toArray(Tensor[]::new));
  }

  private Tensor encoded(Tensor patches) {
    Tensor x = patch.forward(patches.to(compute)).add(positions.to(compute)); // [N, P, D]
    for (Layer layer : layers) {
      Tensor h = x.add(layer.output().forward(attention(layer, x)));
      Tensor inner = layer.up().forward(h.layerNormalize(config.normEps())).gelu(); // [N, P, F]
      x = h.add(layer.down().forward(inner));
    }
    Tensor normed =
        x.layerNormalize(config.normEps()).multiply(gain.to(compute)).add(shift.to(compute));
    Tensor tokens = projection.forward(pixelShuffle(normed, config.shuffle()));
    return tokens.reshape(-1, tokens.size(2));
  }

  private Tensor attention(Layer layer, Tensor x) {
    long squares = x.size(0);
    long patches = x.size(1);
    int heads = config.numHeads();
    int width = config.dim() / heads;
    Tensor all =
        layer
            .queryKeyValue()
            .forward(x.layerNormalize(config.normEps()))
            .reshape(squares, patches, 3 * heads, width)
            .transpose(1, 2); // [N, 3H, P, E]
    Tensor q = all.narrow(1, 0, heads).multiply(1 / Math.sqrt(width)); // [N, H, P, E]
    Tensor k = all.narrow(1, heads, heads); // [N, H, P, E]
    Tensor v = all.narrow(1, 2 * heads, heads); // [N, H, P, E]
    Tensor mixed = q.matmul(k.transpose(2, 3)).softmax().matmul(v); // [N, H, P, E]
    return mixed.transpose(1, 2).reshape(squares, patches, config.dim());
  }

  /// Puts squares of `side` by `side` patches side by side in one row (Idefics3's order).
  ///
  /// @param x `[squares, patches, dim]`
  /// @return `[squares, patches / side^2, dim * side^2]`
  static Tensor pixelShuffle(Tensor x, int side) {
    long squares = x.size(0);
    long across = Math.round(Math.sqrt(x.size(1)));
    long dim = x.size(2);
    long fewer = across / side;
    return x.reshape(squares, across, fewer, dim * side)
        .transpose(1, 2) // [N, columns, rows, D*s]
        .reshape(squares, fewer, fewer, dim * side * side)
        .transpose(1, 2)
        .reshape(squares, fewer * fewer, dim * side * side);
  }
}

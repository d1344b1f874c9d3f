package dev.auspex.model;

import java.util.LinkedHashMap;
import java.util.Map;

/// Names and shapes of the image encoder's parameters, as SmolVLM's folders have them below
/// `model.`; the patch embedding's kernel is one row for each output.
public final class VisionShapes {
  static final String ENCODER = "vision_model.";
  static final String PROJECTOR = "connector.";

  /// The patch embedding, without `.weight` and `.bias`.
  public static final String PATCH = ENCODER + "embeddings.patch_embedding";
  /// Its weight, one row for each output; elsewhere a convolution's kernel.
  public static final String PATCH_WEIGHT = PATCH + ".weight";

  /// The position table.
  public static final String POSITION = ENCODER + "embeddings.position_embedding.weight";

  /// The last LayerNorm, without `.weight` and `.bias`.
  public static final String POST_NORM = ENCODER + "post_layernorm";

  /// The projection to the decoder's width.
  public static final String PROJECTION = PROJECTOR + "modality_projection.proj.weight";

  private VisionShapes() {}

  /// Shapes by name, in the order of the forward pass.
  public static Map<String, long[]> of(VisionConfig config, int decoderDim) {
    long dim = config.dim();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    affine(shapes, PATCH, dim, config.patchNumbers());
    shapes.put(POSITION, new long[] {config.patches(), dim});
    for (int layer = 0; layer < config.numLayers(); layer++) {
      String at = layer(layer);
      affine(shapes, at + "layer_norm1", dim);
      for (String name : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
        affine(shapes, at + "self_attn." + name, dim, dim);
      }
      affine(shapes, at + "layer_norm2", dim);
      affine(shapes, at + "mlp.fc1", config.ffnDim(), dim);
      affine(shapes, at + "mlp.fc2", dim, config.ffnDim());
    }
    affine(shapes, POST_NORM, dim);
    shapes.put(PROJECTION, new long[] {decoderDim, dim * config.shuffle() * config.shuffle()});
    return shapes;
  }

  /// How the names of a block's parameters begin.
  public static String layer(int layer) {
    return ENCODER + "encoder.layers." + layer + ".";
  }

  /// Whether a parameter belongs to the encoder.
  public static boolean ofEncoder(String name) {
    return name.startsWith(ENCODER);
  }

  /// Whether a parameter belongs to the projection.
  public static boolean ofProjector(String name) {
    return name.startsWith(PROJECTOR);
  }

  static Parameter.Role role(String name) {
    if (name.endsWith(".bias") || name.contains("norm")) {
      return Parameter.Role.GAIN;
    }
    return name.contains(".embeddings.") ? Parameter.Role.EMBEDDING : Parameter.Role.HIDDEN;
  }

  private static void affine(Map<String, long[]> shapes, String name, long... shape) {
    shapes.put(name + ".weight", shape);
    shapes.put(name + ".bias", new long[] {shape[0]});
  }
}

package dev.auspex.interchange;

import dev.auspex.model.GptConfig;
import dev.auspex.model.ParameterShapes;
import dev.auspex.model.Variant;
import dev.auspex.model.VisionConfig;
import dev.auspex.model.VisionShapes;
import dev.auspex.vision.PictureForm;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What decides the names and shapes of a model's tensors.
///
/// @param family whose names and keys the decoder takes
/// @param config sizes of the decoder; muP multipliers are one
/// @param variant what it computes otherwise than the models trained here
/// @param vision what reads pictures; null for a model that reads text only
record Shape(Family family, GptConfig config, Variant variant, @Nullable Vision vision) {
  /// The part that reads pictures.
  ///
  /// @param modelType `idefics3` or `smolvlm`, which have the same tensors
  /// @param config sizes of the encoder
  /// @param form how pictures stand in a sequence
  /// @param imageToken id of the token that stands for a picture
  record Vision(String modelType, VisionConfig config, PictureForm form, int imageToken) {}

  /// A model that reads text only.
  Shape(Family family, GptConfig config, Variant variant) {
    this(family, config, variant, null);
  }

  /// `model_type` in Hugging Face folders.
  String modelType() {
    return vision == null ? family.id() : vision.modelType();
  }

  /// Shapes of all parameters by their names here.
  Map<String, long[]> parameters() {
    Map<String, long[]> shapes = new LinkedHashMap<>(ParameterShapes.of(config, variant));
    if (vision != null) {
      shapes.putAll(VisionShapes.of(vision.config(), config.dim()));
    }
    return shapes;
  }
}

package dev.auspex.interchange;

import dev.auspex.model.GptConfig;
import dev.auspex.model.ParameterShapes;
import dev.auspex.model.Variant;
import java.util.Map;

/// What decides the names and shapes of a model's tensors.
///
/// @param family whose names and keys it takes
/// @param config sizes; muP multipliers are one
/// @param variant what it computes otherwise than the models trained here
record Shape(Family family, GptConfig config, Variant variant) {
  Map<String, long[]> parameters() {
    return ParameterShapes.of(config, variant);
  }
}

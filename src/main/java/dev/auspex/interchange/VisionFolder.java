package dev.auspex.interchange;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.model.Gpt;
import dev.auspex.model.Parameter;
import dev.auspex.model.VisionConfig;
import dev.auspex.model.VisionShapes;
import dev.auspex.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The image encoder of a model folder, in two files of its own, so that the decoder beside it
/// stays a folder that every tool reads.
final class VisionFolder {
  private static final String CONFIG = "vision.json";
  private static final String WEIGHTS = "vision.safetensors";

  private VisionFolder() {}

  static boolean holds(Parameter parameter) {
    return VisionShapes.ofEncoder(parameter.name()) || VisionShapes.ofProjector(parameter.name());
  }

  static void write(Path folder, Gpt model) {
    if (model.vision().isEmpty()) {
      return;
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      if (holds(parameter)) {
        tensors.put(parameter.name(), parameter.value());
      }
    }
    SafeTensors.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
    Json.write(folder.resolve(CONFIG), model.vision().get());
  }

  static Optional<VisionConfig> config(Path folder) {
    Path file = folder.resolve(CONFIG);
    return Files.isRegularFile(file)
        ? Optional.of(Json.read(file, VisionConfig.class))
        : Optional.empty();
  }

  static Map<String, Tensor> read(Path folder, VisionConfig config, int decoderDim) {
    Path file = folder.resolve(WEIGHTS);
    Map<String, Tensor> tensors = SafeTensors.read(file);
    VisionShapes.of(config, decoderDim)
        .forEach(
            (name, shape) -> {
              Tensor tensor = tensors.get(name);
              if (tensor == null || !Arrays.equals(tensor.shape(), shape)) {
                throw new InterchangeException(
                    "%s must hold %s %s; got %s"
                        .formatted(
                            file,
                            name,
                            Arrays.toString(shape),
                            tensor == null ? "nothing" : Arrays.toString(tensor.shape())));
              }
            });
    return tensors;
  }
}

package dev.auspex.train;

import dev.auspex.interchange.PeftModules;
import dev.auspex.interchange.StoredModel;
import dev.auspex.model.Gpt;
import dev.auspex.model.Initializer;
import dev.auspex.model.Lora;
import dev.auspex.model.ParameterShapes;
import dev.auspex.model.VisionShapes;
import dev.auspex.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes the model of a run as it is before the first step, or around the values of a checkpoint.
final class StartingModel {
  private StartingModel() {}

  /// Sizes of what is trained, by name.
  static Map<String, long[]> shapes(TrainConfig config) {
    BaseConfig base = config.base();
    LoraConfig lora = config.lora();
    if (base == null) {
      Map<String, long[]> shapes = new LinkedHashMap<>(ParameterShapes.of(config.model()));
      if (config.vision() != null) {
        shapes.putAll(VisionShapes.of(config.vision(), config.model().dim()));
      }
      return shapes;
    }
    if (lora != null) {
      return Lora.shapes(modules(config, base, lora), lora.rank());
    }
    try (StoredModel stored = StoredModel.open(Path.of(base.folder()))) {
      return stored.parameterShapes();
    }
  }

  private static List<Lora.Module> modules(TrainConfig config, BaseConfig base, LoraConfig lora) {
    return PeftModules.chosen(base.family(), config.model(), lora.targetModules());
  }

  /// Values for every parameter, drawn from the seed, outside any scope.
  static Map<String, Tensor> drawn(TrainConfig config) {
    int lookback = config.lookback() == null ? 0 : config.lookback();
    return Initializer.draw(config.model(), config.vision(), lookback, config.seed());
  }

  /// @param saved the values of what is trained; empty at the start
  static Gpt of(TrainConfig config, Optional<Map<String, Tensor>> saved) {
    BaseConfig base = config.base();
    if (base == null) {
      Map<String, Tensor> values = saved.orElseGet(() -> drawn(config));
      return new Gpt(config.model(), config.vision(), config.compute(), values);
    }
    int context = config.model().contextLength();
    try (StoredModel stored = StoredModel.open(Path.of(base.folder()))) {
      LoraConfig lora = config.lora();
      if (lora == null) {
        return saved.isEmpty()
            ? stored.load(config.compute(), context, config.vision())
            : stored.around(saved.get(), config.compute(), context, config.vision());
      }
      Map<String, Tensor> values =
          saved.orElseGet(() -> Lora.draw(modules(config, base, lora), lora.rank(), config.seed()));
      return stored.load(config.compute(), context, new Lora(lora.alpha() / lora.rank(), values));
    }
  }
}

package dev.auspex.train;

import dev.auspex.interchange.PeftModules;
import dev.auspex.interchange.StoredModel;
import dev.auspex.model.Gpt;
import dev.auspex.model.Initializer;
import dev.auspex.model.Lora;
import dev.auspex.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes the model of a run as it is before the first step, or around the values of a checkpoint.
final class StartingModel {
  private StartingModel() {}

  /// @param saved the values of what is trained; empty at the start
  static Gpt of(TrainConfig config, Optional<Map<String, Tensor>> saved) {
    BaseConfig base = config.base();
    if (base == null) {
      Map<String, Tensor> values =
          saved.orElseGet(() -> Initializer.draw(config.model(), config.vision(), config.seed()));
      return new Gpt(config.model(), config.vision(), config.compute(), values);
    }
    int context = config.model().contextLength();
    try (StoredModel stored = StoredModel.open(Path.of(base.folder()))) {
      LoraConfig lora = config.lora();
      if (lora == null) {
        return saved.isEmpty()
            ? stored.load(config.compute(), context)
            : stored.around(saved.get(), config.compute(), context);
      }
      List<Lora.Module> modules =
          PeftModules.chosen(base.family(), config.model(), lora.targetModules());
      Map<String, Tensor> values =
          saved.orElseGet(() -> Lora.draw(modules, lora.rank(), config.seed()));
      return stored.load(config.compute(), context, new Lora(lora.alpha() / lora.rank(), values));
    }
  }
}

package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.data.pictures.PictureEncoder;
import dev.auspex.interchange.StoredModel;
import dev.auspex.model.Gpt;
import dev.auspex.model.VisionConfig;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Torch;
import java.nio.file.Path;
import java.util.List;

/// A model that reads pictures, loaded to be examined.
///
/// @param encoder lays questions out for it
/// @param ends ids that end what it writes
record PictureModel(Gpt gpt, VisionConfig vision, PictureEncoder encoder, List<Integer> ends)
    implements AutoCloseable {
  /// Loads what `--model` names.
  static PictureModel open(Path path) {
    Engine.start(0);
    try (StoredModel stored = StoredModel.open(path)) {
      VisionConfig vision =
          stored
              .vision()
              .orElseThrow(() -> new ConfigException("--model (" + path + ") must read pictures"));
      PictureEncoder encoder = Prompts.encoder(stored, stored.tokenizer());
      List<Integer> ends = stored.rules().ends();
      Gpt gpt = stored.load(DType.FP32);
      try (Torch.NoGrad _ = Torch.noGrad()) {
        gpt.prepareForInference();
      }
      return new PictureModel(gpt, vision, encoder, ends);
    }
  }

  @Override
  public void close() {
    gpt.close();
  }
}

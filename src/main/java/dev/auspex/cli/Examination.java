package dev.auspex.cli;

import dev.auspex.data.Document;
import dev.auspex.eval.Examiner;
import dev.auspex.eval.JavaSandbox;
import dev.auspex.eval.Outcome;
import dev.auspex.eval.Problem;
import dev.auspex.eval.Sampling;
import dev.auspex.eval.TextExam;
import dev.auspex.interchange.StoredModel;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Torch;
import java.nio.file.Path;
import java.util.List;

/// Puts problems before a stored model.
final class Examination {
  private Examination() {}

  /// The outcomes, in FP32.
  static List<Outcome> of(
      Path model, List<Problem> problems, Sampling sampling, Progress progress) {
    Engine.start(0);
    try (StoredModel stored = StoredModel.open(model);
        Gpt gpt = stored.load(DType.FP32)) {
      try (Torch.NoGrad _ = Torch.noGrad()) {
        gpt.prepareForInference();
      }
      return new Examiner(gpt, stored.tokenizer(), stored.rules(), JavaSandbox.usual())
          .examine(problems, sampling, progress);
    }
  }

  /// What the windows of a text come to, in FP32.
  ///
  /// @param most windows at most
  static List<TextExam.Window> ofText(
      Path model, List<Document> text, int most, Progress progress) {
    Engine.start(0);
    try (StoredModel stored = StoredModel.open(model);
        Gpt gpt = stored.load(DType.FP32)) {
      return new TextExam(gpt, stored.tokenizer(), stored.rules()).examine(text, most, progress);
    }
  }

  /// Writes one outcome a line.
  static void write(Path file, List<Outcome> outcomes) {
    StringBuilder lines = new StringBuilder();
    outcomes.forEach(outcome -> lines.append(Json.line(outcome)).append('\n'));
    AtomicFiles.writeString(file, lines.toString());
  }
}

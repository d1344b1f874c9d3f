package dev.auspex.cli;

import dev.auspex.data.HeldoutWindows;
import dev.auspex.data.TokenDataset;
import dev.auspex.generate.Generation;
import dev.auspex.generate.GenerationRequest;
import dev.auspex.generate.Generator;
import dev.auspex.generate.SamplingConfig;
import dev.auspex.interchange.ModelFolder;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Continues the beginnings of some held-out windows, for a reader to look at.
final class Samples {
  private static final int PROMPTS = 3;
  private static final int PROMPT_TOKENS = 24;
  private static final int MAX_TOKENS = 120;
  private static final double TEMPERATURE = 0.7;

  private Samples() {}

  /// Writes `samples.jsonl`.
  static void write(Path modelFolder, Path dataset, Path out, long seed) {
    Tokenizer tokenizer = Tokenizer.load(modelFolder);
    StringBuilder lines = new StringBuilder();
    try (Gpt model = ModelFolder.read(modelFolder, DType.FP32);
        TokenDataset data = TokenDataset.open(dataset)) {
      try (Torch.NoGrad _ = Torch.noGrad()) {
        model.prepareForInference();
      }
      Generator generator = new Generator(model, tokenizer);
      HeldoutWindows windows = data.heldout(model.config().contextLength(), PROMPTS);
      for (int i = 0; i < windows.count(); i++) {
        int[] prompt = Arrays.copyOf(windows.inputs(i, 1), PROMPT_TOKENS);
        List<Integer> ids = Arrays.stream(prompt).boxed().toList();
        SamplingConfig sampling = new SamplingConfig(TEMPERATURE, 0, 1, 0.02, seed + i);
        Generation generation =
            generator.generate(
                new GenerationRequest(ids, MAX_TOKENS, sampling, List.of(), false), _ -> {});
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("prompt", tokenizer.decode(prompt));
        line.put("text", generation.text());
        line.put("temperature", TEMPERATURE);
        lines.append(Json.line(line)).append('\n');
      }
    }
    AtomicFiles.writeString(out, lines.toString());
  }
}

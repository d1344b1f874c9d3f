package dev.auspex.cli;

import dev.auspex.generate.Generation;
import dev.auspex.generate.GenerationRequest;
import dev.auspex.generate.Generator;
import dev.auspex.generate.SamplingConfig;
import dev.auspex.interchange.StoredModel;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex generate`: continues a prompt, streaming to the terminal.
@Command(
    name = "generate",
    description = "Continue a prompt with a trained model.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  auspex generate --model runs/quickstart --prompt 'public class ' --temperature 0.8"
    })
final class GenerateCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--model",
      required = true,
      description = "A model or run folder, a .gguf file or a llama2.c .bin file.")
  private Path model = Path.of("");

  @Option(names = "--prompt", description = "Text to continue (default: the start of a document).")
  private String prompt = "";

  @Option(names = "--max-tokens", description = "Most tokens to write (default: 100).")
  private int maxTokens = 100;

  @Option(names = "--temperature", description = "0 takes the most likely token (default: 0.8).")
  private double temperature = 0.8;

  @Option(names = "--top-k", description = "Only the k most likely tokens; 0 for all.")
  private int topK;

  @Option(names = "--top-p", description = "Only the likeliest tokens up to this probability.")
  private double topP = 1;

  @Option(names = "--min-p", description = "Only tokens this likely beside the likeliest.")
  private double minP;

  @Option(names = "--seed", description = "Seed of the draws (default: 0).")
  private long seed;

  @Option(names = "--stop", description = "Text that ends the writing; may be repeated.")
  private List<String> stops = new ArrayList<>();

  @Option(names = "--logprobs", description = "Also give each token's log-probability.")
  private boolean logprobs;

  @Override
  public Integer call() {
    Threads.use(0);
    SamplingConfig sampling = new SamplingConfig(temperature, topK, topP, minP, seed);
    try (StoredModel stored = StoredModel.open(model)) {
      Tokenizer tokenizer = stored.tokenizer();
      List<Integer> ids = stored.rules().promptIds(tokenizer, prompt);
      GenerationRequest request = new GenerationRequest(ids, maxTokens, sampling, stops, logprobs);
      int needed = (int) Math.min(Integer.MAX_VALUE, (long) ids.size() + maxTokens);
      try (Gpt gpt = stored.load(DType.FP32, needed)) {
        try (Torch.NoGrad _ = Torch.noGrad()) {
          gpt.prepareForInference();
        }
        write(new Generator(gpt, tokenizer, stored.rules().ends()), request);
      }
    }
    return 0;
  }

  private void write(Generator generator, GenerationRequest request) {
    boolean streaming = !output.json;
    if (streaming) {
      System.out.print(prompt);
    }
    Generation generation =
        generator.generate(
            request,
            piece -> {
              if (streaming) {
                System.out.print(piece);
                System.out.flush();
              }
            });
    if (streaming) {
      System.out.println();
    } else {
      output.print(generation);
    }
  }
}

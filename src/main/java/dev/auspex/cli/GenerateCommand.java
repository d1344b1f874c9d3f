package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.data.pictures.ContentPart;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.data.pictures.PictureEncoder;
import dev.auspex.data.pictures.PictureFiles;
import dev.auspex.generate.Generation;
import dev.auspex.generate.GenerationRequest;
import dev.auspex.generate.Generator;
import dev.auspex.generate.SamplingConfig;
import dev.auspex.generate.SeenImages;
import dev.auspex.interchange.StoredModel;
import dev.auspex.model.Gpt;
import dev.auspex.model.VisionConfig;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
      "Examples:",
      "  auspex generate --model runs/quickstart --prompt 'public class ' --temperature 0.8",
      "  auspex generate --model runs/pictures --image chart.png --prompt 'What is the value of the red bar?'"
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

  @Option(
      names = "--image",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Pictures to look at before the prompt, which is then a user's turn.")
  private List<Path> images = new ArrayList<>();

  @Option(
      names = "--messages",
      paramLabel = "FILE",
      description = "A JSON list of messages, text and pictures in any order, to answer.")
  private @Nullable Path messages;

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
    Engine.start(0);
    SamplingConfig sampling = new SamplingConfig(temperature, topK, topP, minP, seed);
    try (StoredModel stored = StoredModel.open(model)) {
      Tokenizer tokenizer = stored.tokenizer();
      Conversation conversation = conversation(stored, tokenizer);
      List<Integer> ids = conversation.ids();
      if (conversation.images() == SeenImages.NONE) { // places of images lie behind the vocabulary
        requireRows(ids, stored.config().vocabSize());
      }
      GenerationRequest request = new GenerationRequest(ids, maxTokens, sampling, stops, logprobs);
      int needed = (int) Math.min(Integer.MAX_VALUE, (long) ids.size() + maxTokens);
      try (Gpt gpt = stored.load(DType.FP32, needed)) {
        try (Torch.NoGrad _ = Torch.noGrad()) {
          gpt.prepareForInference();
        }
        write(new Generator(gpt, tokenizer, stored.rules().ends()), request, conversation.images());
      }
    }
    return 0;
  }

  private static void requireRows(List<Integer> ids, int vocabSize) {
    for (int id : ids) {
      if (id >= vocabSize) {
        throw new ConfigException(
            "prompt (token id %d) must have ids below the model's vocab_size (%d), which its tokenizer exceeds"
                .formatted(id, vocabSize));
      }
    }
  }

  /// What the model reads.
  private record Conversation(List<Integer> ids, SeenImages images) {}

  private Conversation conversation(StoredModel stored, Tokenizer tokenizer) {
    if (messages == null && images.isEmpty()) {
      return new Conversation(stored.rules().promptIds(tokenizer, prompt), SeenImages.NONE);
    }
    if (messages != null && !(prompt.isEmpty() && images.isEmpty())) {
      throw new ConfigException(
          "--messages (" + messages + ") must stand alone; leave out --prompt and --image");
    }
    VisionConfig vision = stored.vision().orElse(null);
    PictureEncoder.Encoded encoded =
        Prompts.encoder(stored, tokenizer)
            .prompt(messages == null ? turn() : PictureFiles.messages(messages));
    SeenImages seen = vision == null ? SeenImages.NONE : SeenImages.of(encoded.squares(), vision);
    return new Conversation(encoded.idsFor(stored.config().vocabSize()), seen);
  }

  /// The pictures and the prompt as one turn of the user's.
  private PictureDocument turn() {
    List<ContentPart> parts = new ArrayList<>();
    images.forEach(image -> parts.add(new ContentPart.Image(image.toString())));
    parts.add(new ContentPart.Text(prompt));
    return new PictureDocument(
        "--image", Path.of("").toAbsolutePath(), "", List.of(new Message("user", parts)));
  }

  private void write(Generator generator, GenerationRequest request, SeenImages seen) {
    boolean streaming = !output.json;
    if (streaming && images.isEmpty() && messages == null) {
      System.out.print(prompt);
    }
    Generation generation =
        generator.generate(
            request,
            seen,
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

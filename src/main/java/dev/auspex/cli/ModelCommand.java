package dev.auspex.cli;

import dev.auspex.interchange.InterchangeException;
import dev.auspex.interchange.NumberType;
import dev.auspex.interchange.PeftAdapter;
import dev.auspex.interchange.StoredModel;
import dev.auspex.model.VisionConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `auspex model`: looks at models and carries them between this system and others.
@Command(
    name = "model",
    description = "Look at a model, take one in, or hand one out.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ModelCommand.Info.class,
      ModelCommand.Import.class,
      ModelCommand.Merge.class,
      ModelCommand.Export.class
    },
    footer = {
      "",
      "Examples:",
      "  auspex model info runs/quickstart",
      "  auspex model import Qwen3-0.6B/ --out models/qwen",
      "  auspex model merge --base models/qwen --adapter my-lora/ --out models/tuned",
      "  auspex model export gguf --model runs/quickstart --out quickstart.gguf --type q8_0"
    })
final class ModelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(System.out);
    return 0;
  }

  /// The document of all four.
  private static void print(
      JsonOption output, StoredModel model, List<Path> files, List<String> warnings) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("family", model.modelType());
    document.put("parameters", model.numParams());
    document.put("vision", model.vision().isPresent());
    document.put("dtype", model.type().lowerCase());
    document.put("layers", model.config().numLayers());
    document.put("dim", model.config().dim());
    document.put("vocab_size", model.config().vocabSize());
    document.put("context_length", model.config().contextLength());
    model.adapter().ifPresent(adapter -> document.put("adapter", described(adapter)));
    document.put("files", files.stream().map(Path::toString).toList());
    document.put("warnings", warnings);
    output
        .human()
        .printf(
            "%s, %,d parameters in %s: %d layers, width %d, vocabulary %,d, context %,d%s%n",
            model.modelType(),
            model.numParams(),
            model.type().lowerCase(),
            model.config().numLayers(),
            model.config().dim(),
            model.config().vocabSize(),
            model.config().contextLength(),
            model.vision().map(ModelCommand::told).orElse(""));
    model
        .adapter()
        .ifPresent(
            adapter ->
                output
                    .human()
                    .printf(
                        "with a LoRA adapter of %,d parameters: rank %d, alpha %s, on %s%n",
                        adapter.numParams(),
                        adapter.rank(),
                        adapter.alpha(),
                        String.join(", ", adapter.targets())));
    files.forEach(file -> output.human().println("  " + file));
    warnings.forEach(line -> System.err.println("note: " + line));
    output.print(document);
  }

  private static String told(VisionConfig vision) {
    return "; reads pictures in up to %d x %d squares of %d pixels, %d tokens each"
        .formatted(vision.maxSide(), vision.maxSide(), vision.imageSize(), vision.tokens());
  }

  private static Map<String, Object> described(PeftAdapter adapter) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("rank", adapter.rank());
    document.put("alpha", adapter.alpha());
    document.put("target_modules", adapter.targets());
    document.put("parameters", adapter.numParams());
    return document;
  }

  /// The files of a folder in the order of their names, or those the model consists of.
  private static List<Path> written(Path out, StoredModel model) {
    if (!Files.isDirectory(out)) {
      return model.files();
    }
    try (Stream<Path> files = Files.list(out)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new dev.auspex.io.FileException(out, e);
    }
  }

  /// `auspex model info`: what a model is, from its header alone.
  @Command(
      name = "info",
      description = "Say what a model is, after checking that its tensors are all there.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  auspex model info quickstart.gguf"})
  static final class Info implements Callable<Integer> {
    @Mixin private JsonOption output = new JsonOption();

    @Parameters(paramLabel = "DIR|FILE", description = "A model or run folder, or a file.")
    private Path path = Path.of("");

    @Override
    public Integer call() {
      try (StoredModel model = StoredModel.open(path)) {
        print(output, model, model.files(), List.of());
      }
      return 0;
    }
  }

  /// `auspex model import`: any model that can be read, as a folder that `--model` takes.
  @Command(
      name = "import",
      description = {
        "Take a model in: a Hugging Face folder (Llama, Qwen3, GPT-2, Idefics3, SmolVLM), a GGUF file"
            + " of these (with mmproj-NAME.gguf beside it for pictures), or a llama2.c checkpoint"
            + " becomes a Hugging Face folder."
      },
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  auspex model import stories260K.bin --out models/stories"})
  static final class Import implements Callable<Integer> {
    @Mixin private JsonOption output = new JsonOption();

    @Parameters(paramLabel = "SRC", description = "The folder or file to read.")
    private Path source = Path.of("");

    @Option(names = "--out", required = true, description = "The folder to make.")
    private Path out = Path.of("");

    @Override
    public Integer call() {
      try (StoredModel model = StoredModel.open(source)) {
        model.writeHuggingFace(out, null, TerminalProgress.create());
      }
      try (StoredModel model = StoredModel.open(out)) {
        print(output, model, written(out, model), List.of());
      }
      return 0;
    }
  }

  /// `auspex model merge`: a LoRA adapter folded into the weights of its model.
  @Command(
      name = "merge",
      description = {
        "Fold a LoRA adapter, trained here or written by PEFT, into its model: the result is a"
            + " Hugging Face folder like any other."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  auspex model merge --adapter runs/lora --out models/tuned",
        "  auspex model merge --base Qwen3-0.6B/ --adapter my-lora/ --out models/tuned --type bf16"
      })
  static final class Merge implements Callable<Integer> {
    @Mixin private JsonOption output = new JsonOption();

    @Option(
        names = "--base",
        description = "The model's folder or file (default: the one that the adapter names).")
    private @Nullable Path base;

    @Option(
        names = "--adapter",
        required = true,
        description = "A folder with adapter_config.json, or the run that trained it.")
    private Path adapter = Path.of("");

    @Option(names = "--out", required = true, description = "The folder to make.")
    private Path out = Path.of("");

    @Option(names = "--type", description = "f32, bf16 or f16 (default: as the model is).")
    private @Nullable String type;

    @Override
    public Integer call() {
      NumberType wanted = Export.folderType(type);
      try (StoredModel model =
          base == null ? StoredModel.open(adapter) : StoredModel.open(base, adapter)) {
        if (model.adapter().isEmpty()) {
          throw new InterchangeException(
              "--adapter (" + adapter + ") must be an adapter or a run that trained one");
        }
        model.writeHuggingFace(out, wanted, TerminalProgress.create());
      }
      try (StoredModel model = StoredModel.open(out)) {
        print(output, model, written(out, model), List.of());
      }
      return 0;
    }
  }

  /// `auspex model export`: a model as other tools read it.
  @Command(
      name = "export",
      description = {
        "Hand a model out as a Hugging Face folder or a GGUF file, merged where it has a LoRA"
            + " adapter; or that adapter alone, as PEFT reads it. A model that reads pictures"
            + " becomes an Idefics3 folder, or two files: FILE and mmproj-FILE beside it."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  auspex model export hf --model runs/quickstart --out quickstart-hf --type bf16",
        "  auspex model export gguf --model runs/quickstart --out quickstart.gguf --type q8_0",
        "  auspex model export gguf --model runs/pictures --out pictures.gguf",
        "  auspex model export peft --model runs/lora --out my-lora"
      })
  static final class Export implements Callable<Integer> {
    /// What can be written.
    enum Format {
      /// A Hugging Face folder.
      HF,
      /// A GGUF file.
      GGUF,
      /// A LoRA adapter's folder.
      PEFT
    }

    @Mixin private JsonOption output = new JsonOption();

    @Parameters(paramLabel = "hf|gguf|peft", description = "The format.")
    private Format format = Format.HF;

    @Option(names = "--model", required = true, description = "A model or run folder, or a file.")
    private Path path = Path.of("");

    @Option(names = "--out", required = true, description = "The folder or file to write.")
    private Path out = Path.of("");

    @Option(
        names = "--type",
        description = "f32, bf16 or f16; for GGUF also q8_0 or q4_0 (default: as the model is).")
    private @Nullable String type;

    @Override
    public Integer call() {
      NumberType wanted =
          switch (format) {
            case HF -> folderType(type);
            case GGUF -> type == null ? null : numberType(type);
            case PEFT -> null;
          };
      if (format == Format.PEFT && type != null) {
        throw new InterchangeException(
            "--type (" + type + ") must be left out for peft, it is f32");
      }
      List<String> warnings = List.of();
      try (StoredModel model = StoredModel.open(path)) {
        switch (format) {
          case HF -> model.writeHuggingFace(out, wanted, TerminalProgress.create());
          case GGUF -> warnings = model.writeGguf(out, wanted, TerminalProgress.create());
          case PEFT -> adapter(model).writeNew(out, model.path().toString());
        }
      }
      try (StoredModel model = StoredModel.open(out)) {
        print(output, model, written(out, model), warnings);
      }
      return 0;
    }

    private PeftAdapter adapter(StoredModel model) {
      return model
          .adapter()
          .orElseThrow(
              () ->
                  new InterchangeException(
                      "--model (" + path + ") must be an adapter or a run that trained one"));
    }

    /// A type that Hugging Face folders have; null for none asked.
    private static @Nullable NumberType folderType(@Nullable String name) {
      NumberType wanted = name == null ? null : numberType(name);
      if (wanted != null && wanted.quantized()) {
        throw new InterchangeException(
            "--type (" + name + ") must be f32, bf16 or f16 for hf; write gguf for q8_0 or q4_0");
      }
      return wanted;
    }

    private static NumberType numberType(String name) {
      return NumberType.named(name)
          .filter(NumberType::written)
          .orElseThrow(
              () ->
                  new InterchangeException(
                      "--type (%s) must be one of %s"
                          .formatted(
                              name,
                              Arrays.stream(NumberType.values())
                                  .filter(NumberType::written)
                                  .map(NumberType::lowerCase)
                                  .collect(Collectors.joining(", ")))));
    }
  }
}

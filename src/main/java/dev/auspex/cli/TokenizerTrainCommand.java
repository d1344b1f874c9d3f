package dev.auspex.cli;

import dev.auspex.tokenizer.BpeTrainer;
import dev.auspex.tokenizer.BpeTrainerConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex tokenizer train`: learns a byte-level BPE vocabulary from text.
@Command(
    name = "train",
    description = "Learn a byte-level BPE vocabulary; the file loads in Hugging Face tokenizers.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example: auspex tokenizer train --source docs/ --vocab-size 4096 --out tokenizer.json"
    })
public final class TokenizerTrainCommand implements Callable<Integer> {
  @Option(
      names = "--source",
      required = true,
      arity = "1..*",
      paramLabel = "PATH",
      description = "Text files, folders or archives (.gz, .zip, .jar) to learn from.")
  private List<Path> sources = List.of();

  @Option(
      names = "--vocab-size",
      required = true,
      paramLabel = "N",
      description = "Number of ids, with 8 special tokens and 256 bytes.")
  private int vocabSize;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where to write tokenizer.json.")
  private Path out = Path.of("tokenizer.json");

  @Option(
      names = "--pattern",
      paramLabel = "NAME",
      description =
          "How text is cut before merging: auspex (default), gpt2, cl100k, o200k, or a regular"
              + " expression. llama.cpp knows the last three of the names.")
  private String pattern = "auspex";

  @Option(
      names = "--threads",
      paramLabel = "T",
      description = "Threads that count (default: all processors); the result is the same.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    BpeTrainerConfig config =
        BpeTrainerConfig.of(vocabSize).withThreads(threads).withPattern(pattern);
    long start = System.nanoTime();
    BpeTrainer.Result result =
        BpeTrainer.train(documents().iterator(), config, TerminalProgress.create());
    result.tokenizer().save(out);
    double seconds = (System.nanoTime() - start) / 1e9;
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("vocab_size", result.tokenizer().vocabSize());
    document.put("bytes", result.bytes());
    document.put("seconds", seconds);
    document.put("bytes_per_token", result.bytesPerToken());
    document.put("out", out.toString());
    json.print(document);
    json.human()
        .printf(
            "%s: %,d tokens from %,d bytes in %.1f s, %.2f bytes per token%n",
            out, result.tokenizer().vocabSize(), result.bytes(), seconds, result.bytesPerToken());
    return 0;
  }

  private Iterable<byte[]> documents() {
    return () -> new TokenizerSources(sources).map(TokenizerSources.Text::bytes);
  }
}

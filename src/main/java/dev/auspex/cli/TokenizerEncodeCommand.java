package dev.auspex.cli;

import dev.auspex.io.FileException;
import dev.auspex.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex tokenizer encode`: bytes on standard input to token ids.
@Command(
    name = "encode",
    description = "Print the token ids of the text (or any bytes) on standard input.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example: printf 'Hello' | auspex tokenizer encode --tokenizer tokenizer.json"})
public final class TokenizerEncodeCommand implements Callable<Integer> {
  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "FILE",
      description =
          "tokenizer.json, a .tiktoken or SentencePiece .model file, vocab.json with merges.txt"
              + " beside it, or a folder with one of them.")
  private Path file = Path.of("tokenizer.json");

  @Mixin private JsonOption json = new JsonOption();

  @Override
  public Integer call() {
    Tokenizer tokenizer = Tokenizer.load(file);
    int[] ids = tokenizer.encode(standardInput());
    if (json.json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("ids", ids);
      document.put(
          "tokens",
          Arrays.stream(ids)
              .mapToObj(id -> new String(tokenizer.tokenBytes(id), StandardCharsets.UTF_8))
              .toList());
      json.print(document);
    } else {
      System.out.println(
          Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
    }
    return 0;
  }

  private static byte[] standardInput() {
    try {
      return System.in.readAllBytes();
    } catch (IOException e) {
      throw new FileException(Path.of("standard input"), e);
    }
  }
}

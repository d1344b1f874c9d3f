package dev.auspex.cli;

import dev.auspex.io.FileException;
import dev.auspex.tokenizer.Tokenizer;
import dev.auspex.tokenizer.TokenizerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex tokenizer decode`: token ids on standard input to the bytes they stand for.
@Command(
    name = "decode",
    description = {
      "Print what the token ids on standard input stand for.",
      "Ids are separated by white space or commas, or are a JSON list, or what encode --json prints."
          + " Without --json the bytes are written as they are."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example: echo '72 101 108' | auspex tokenizer decode --tokenizer tokenizer.json"
    })
public final class TokenizerDecodeCommand implements Callable<Integer> {
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
    int[] ids = ids(standardInput());
    if (json.json) {
      json.print(Map.of("text", tokenizer.decode(ids)));
    } else {
      byte[] bytes = tokenizer.decodeBytes(ids);
      System.out.write(bytes, 0, bytes.length);
      System.out.flush();
    }
    return 0;
  }

  /// The numbers of `text`; of a JSON document with a key `ids`, that list's only.
  static int[] ids(String text) {
    String list = text.strip();
    int key = list.startsWith("{") ? list.indexOf("\"ids\"") : -1;
    if (key >= 0) {
      int from = list.indexOf('[', key);
      int to = list.indexOf(']', key);
      list = from < 0 || to < from ? list : list.substring(from, to + 1);
    }
    if (list.startsWith("[") && list.endsWith("]")) {
      list = list.substring(1, list.length() - 1);
    }
    return Arrays.stream(list.split("[\\s,]+"))
        .filter(word -> !word.isEmpty())
        .mapToInt(TokenizerDecodeCommand::id)
        .toArray();
  }

  private static int id(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      String shown = word.length() > 20 ? word.substring(0, 20) + "…" : word;
      throw new TokenizerException(
          "id (%s) must be an integer; separate ids by spaces or commas".formatted(shown));
    }
  }

  private static String standardInput() {
    try {
      return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FileException(Path.of("standard input"), e);
    }
  }
}

package dev.auspex.cli;

import dev.auspex.io.Progress;
import dev.auspex.tokenizer.Tokenizer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex tokenizer stats`: how well a vocabulary fits some text.
@Command(
    name = "stats",
    description = "Print bytes per token for each source and each kind of file.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example: auspex tokenizer stats --tokenizer tokenizer.json --source docs/ src.zip"
    })
public final class TokenizerStatsCommand implements Callable<Integer> {
  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "FILE",
      description =
          "tokenizer.json, a .tiktoken or SentencePiece .model file, vocab.json with merges.txt"
              + " beside it, or a folder with one of them.")
  private Path file = Path.of("tokenizer.json");

  @Option(
      names = "--source",
      required = true,
      arity = "1..*",
      paramLabel = "PATH",
      description = "Text files, folders or archives (.gz, .zip, .jar) to measure.")
  private List<Path> sources = List.of();

  @Mixin private JsonOption json = new JsonOption();

  private static final class Count {
    private long bytes;
    private long tokens;

    private void add(long moreBytes, long moreTokens) {
      bytes += moreBytes;
      tokens += moreTokens;
    }

    private double bytesPerToken() {
      return tokens == 0 ? 0 : (double) bytes / tokens;
    }
  }

  @Override
  public Integer call() {
    Tokenizer tokenizer = Tokenizer.load(file);
    Count all = new Count();
    Map<String, Count> bySource = new LinkedHashMap<>();
    Map<String, Count> byKind = new TreeMap<>();
    Progress progress = TerminalProgress.create();
    progress.start("encode", 0, "bytes");
    TokenizerSources texts = new TokenizerSources(sources);
    while (texts.hasNext()) {
      TokenizerSources.Text text = texts.next();
      int tokens = tokenizer.encode(text.bytes()).length;
      all.add(text.bytes().length, tokens);
      bySource
          .computeIfAbsent(text.source().toString(), _ -> new Count())
          .add(text.bytes().length, tokens);
      byKind.computeIfAbsent(kind(text.name()), _ -> new Count()).add(text.bytes().length, tokens);
      progress.update(all.bytes, "");
    }
    progress.finish();
    json.print(document(tokenizer, all, bySource, byKind));
    if (!json.json) {
      print("all", all);
      bySource.forEach(TokenizerStatsCommand::print);
      byKind.forEach((kind, count) -> print("*." + kind, count));
    }
    return 0;
  }

  private static Map<String, Object> document(
      Tokenizer tokenizer, Count all, Map<String, Count> bySource, Map<String, Count> byKind) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("vocab_size", tokenizer.vocabSize());
    putCount(document, all);
    document.put("sources", rows("source", bySource));
    document.put("kinds", rows("kind", byKind));
    return document;
  }

  private static List<Map<String, Object>> rows(String key, Map<String, Count> counts) {
    List<Map<String, Object>> rows = new ArrayList<>();
    counts.forEach(
        (name, count) -> {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put(key, name);
          putCount(row, count);
          rows.add(row);
        });
    return rows;
  }

  private static void putCount(Map<String, Object> row, Count count) {
    row.put("bytes", count.bytes);
    row.put("tokens", count.tokens);
    row.put("bytes_per_token", count.bytesPerToken());
  }

  private static void print(String name, Count count) {
    PrintStream out = System.out;
    out.printf(
        Locale.ROOT,
        "%-40s %,14d bytes %,14d tokens %6.3f bytes per token%n",
        name,
        count.bytes,
        count.tokens,
        count.bytesPerToken());
  }

  /// The ending of a file's name, which tells its language: `java`, `md`, `txt`.
  private static String kind(String name) {
    String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    int dot = plain.lastIndexOf('.');
    return dot <= plain.lastIndexOf('/') ? "(none)" : plain.substring(dot + 1);
  }
}

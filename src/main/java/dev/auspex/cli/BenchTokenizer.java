package dev.auspex.cli;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.tokenizer.BpeTrainer;
import dev.auspex.tokenizer.BpeTrainerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex bench tokenizer`: training and encoding beside the peers, on the same text in one run.
///
/// Training is timed from a text file to a vocabulary file, for us and for sentencepiece's
/// `spm_train`. Encoding runs on one thread in a JVM of its own, where the ids are compared first.
@Command(
    name = "tokenizer",
    description = {
      "Time vocabulary training beside sentencepiece, and encoding on one thread beside jtokkit and"
          + " Hugging Face tokenizers; the ids must be equal."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example: auspex bench tokenizer --source docs/"})
public final class BenchTokenizer implements Callable<Integer> {

  @Option(
      names = "--source",
      arity = "1..*",
      paramLabel = "PATH",
      description = "Text to use (default: the JDK's lib/src.zip).")
  private List<Path> sources = List.of();

  @Option(
      names = "--megabytes",
      paramLabel = "M",
      description = "How much of it (default: ${DEFAULT-VALUE}).")
  private int megabytes = 50;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description = "Vocabulary to train (default: ${DEFAULT-VALUE}).")
  private int vocabSize = 8192;

  @Option(
      names = "--repeats",
      paramLabel = "R",
      description =
          "Times each measurement is taken; the median counts (default: ${DEFAULT-VALUE}).")
  private int repeats = 3;

  @Mixin private JsonOption json = new JsonOption();

  /// A line of the table.
  ///
  /// @param ratio how many times faster than this engine ours is; 1 for ours
  record Row(String shape, String engine, String dtype, double value, String unit, double ratio) {}

  @Override
  public Integer call() throws IOException {
    if (megabytes < 1 || repeats < 1) {
      throw new FileException(
          "--megabytes (%d) and --repeats (%d) must be at least 1".formatted(megabytes, repeats));
    }
    BenchTokenizerPeers peers = new BenchTokenizerPeers(repeats);
    try (TemporaryFolder folder = new TemporaryFolder("auspex-bench")) {
      Path text = folder.path().resolve("text.txt");
      writeText(text);
      Path trained = folder.path().resolve("tokenizer.json");
      List<Row> rows = new ArrayList<>(training(text, trained, peers));
      rows.addAll(peers.encoding(text, trained));
      report(rows);
    }
    return 0;
  }

  private void writeText(Path text) {
    List<Path> paths = sources.isEmpty() ? List.of(jdkSource()) : sources;
    long wanted = megabytes * 1_000_000L;
    AtomicFiles.write(
        text,
        out -> {
          long size = 0;
          TokenizerSources texts = new TokenizerSources(paths);
          while (size < wanted && texts.hasNext()) {
            byte[] bytes = texts.next().bytes();
            out.write(bytes);
            size += bytes.length;
          }
        });
  }

  private static Path jdkSource() {
    Path source = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    if (!Files.exists(source)) {
      throw new FileException("--source must be given: this JDK comes without lib/src.zip");
    }
    return source;
  }

  private List<Row> training(Path text, Path trained, BenchTokenizerPeers peers)
      throws IOException {
    String shape =
        "train, %d MB, vocabulary %d, %d threads"
            .formatted(
                Files.size(text) / 1_000_000,
                vocabSize,
                Runtime.getRuntime().availableProcessors());
    double ours = BenchTokenizerPeers.median(repeats, () -> train(text, trained));
    List<Row> rows = new ArrayList<>();
    rows.add(new Row(shape, "auspex", "utf-8", ours, "s", 1));
    rows.add(peers.sentencepiece(shape, text, vocabSize, ours));
    return rows;
  }

  private void train(Path text, Path out) {
    TokenizerSources texts = new TokenizerSources(List.of(text));
    BpeTrainer.train(
            texts.map(TokenizerSources.Text::bytes),
            BpeTrainerConfig.of(vocabSize),
            TerminalProgress.create())
        .tokenizer()
        .save(out);
  }

  private void report(List<Row> rows) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("rows", rows);
    document.put("machine", BenchTokenizerPeers.machine());
    BenchHistory.append("tokenizer", document);
    json.print(document);
    for (Row row : rows) {
      json.human()
          .printf(
              Locale.ROOT,
              "%-48s %-24s %10.2f %-5s %s%n",
              row.shape(),
              row.engine(),
              row.value(),
              row.unit(),
              row.engine().equals("auspex") || row.ratio() == 0
                  ? ""
                  : String.format(Locale.ROOT, "ours is %.2fx as fast", row.ratio()));
    }
  }
}

package dev.auspex.cli;

import dev.auspex.data.Corpus;
import dev.auspex.data.DatasetSummary;
import dev.auspex.data.ReadOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex data`: the group of commands on text and datasets.
@Command(
    name = "data",
    description = "Turn text into token shards with a ledger.",
    mixinStandardHelpOptions = true,
    subcommands = DataCommand.Build.class)
final class DataCommand {
  /// `auspex data build`.
  @Command(
      name = "build",
      description = "Read text, drop duplicates, split, tokenize, and write a dataset folder.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Example:",
        "  auspex data build --source docs/ notes.jsonl.zst --licence CC-BY-4.0 --out corpus"
      })
  static final class Build implements Callable<Integer> {
    @Mixin private JsonOption output = new JsonOption();

    @Option(names = "--source", required = true, arity = "1..*", description = "Files or folders.")
    private List<Path> sources = new ArrayList<>();

    @Option(names = "--licence", description = "SPDX identifier on record for these sources.")
    private String licence = "NOASSERTION";

    @Option(names = "--out", required = true, description = "Dataset folder to write.")
    private Path out = Path.of("");

    @Option(names = "--tokenizer", description = "tokenizer.json to use (default: train one).")
    private @Nullable Path tokenizer;

    @Option(names = "--vocab-size", description = "Size of a new vocabulary (default: 4096).")
    private int vocabSize = 4096;

    @Option(names = "--heldout", description = "Share kept from training (default: 0.01).")
    private double heldout = 0.01;

    @Option(names = "--include", arity = "1..*", description = "File name globs such as '*.java'.")
    private List<String> include = new ArrayList<>();

    @Option(names = "--strip-licence-headers", description = "Remove licence comments on top.")
    private boolean stripLicenceHeaders;

    @Option(names = "--text-field", description = "Field of a JSON line (default: text).")
    private String textField = "text";

    @Option(names = "--max-document-bytes", description = "Longer documents are dropped.")
    private int maxDocumentBytes = ReadOptions.DEFAULT.maxDocumentBytes();

    @Option(names = "--max-bytes", description = "Most text taken, chosen by hash; 0 for all.")
    private long maxBytes;

    @Option(names = "--tokenizer-bytes", description = "Most text a new vocabulary sees.")
    private long tokenizerBytes = 50_000_000;

    @Override
    public Integer call() {
      ReadOptions options =
          new ReadOptions(include, stripLicenceHeaders, textField, maxDocumentBytes);
      Corpus corpus = new Corpus(sources, options, licence, heldout, maxBytes);
      DatasetSummary summary =
          TextData.build(
              corpus, tokenizer, vocabSize, tokenizerBytes, out, TerminalProgress.create());
      output
          .human()
          .printf(
              "%,d documents, %,d bytes; %,d tokens to train on, %,d held out; dropped %s%n",
              summary.documents(),
              summary.bytes(),
              summary.tokens(),
              summary.heldout().get("tokens"),
              summary.dropped());
      if (output.json) {
        output.print(summary);
      }
      return 0;
    }
  }
}

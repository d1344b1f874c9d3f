package dev.auspex.cli;

import dev.auspex.data.Corpus;
import dev.auspex.data.DatasetBuilder;
import dev.auspex.data.DatasetManifest;
import dev.auspex.data.Ledger;
import dev.auspex.data.ReadOptions;
import dev.auspex.data.Source;
import dev.auspex.data.SplitOptions;
import dev.auspex.data.TokenDataset;
import dev.auspex.data.TokenEncoder;
import dev.auspex.io.Progress;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `auspex data`: text in, token shards with a ledger out.
@Command(
    name = "data",
    description = "Turn files into token shards with a ledger of where the text came from.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: auspex data build --source docs --licence Apache-2.0 --out corpus"})
final class DataCommand implements Runnable {
  @Spec private CommandSpec spec;

  private DataCommand() {}

  /// The command with its subcommands.
  ///
  /// @param encoders where the vocabulary comes from
  /// @param progress where bars and warnings go
  static CommandLine commandLine(EncoderSource encoders, Progress progress) {
    return new CommandLine(new DataCommand())
        .addSubcommand(new Build(encoders, progress))
        .addSubcommand(new DataPicturesCommand())
        .addSubcommand(new DataNamingCommand())
        .addSubcommand(new Inspect())
        .addSubcommand(new DataTasksCommand(progress))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }

  /// What `data build --json` prints.
  record BuildResult(
      long documents,
      long bytes,
      long tokens,
      Map<String, Long> dropped,
      Ledger.Amount heldout,
      String ledger,
      String dataset) {}

  /// `auspex data build`.
  @Command(
      name = "build",
      description = {
        "Read folders, zip and jar archives, text files and JSON lines (plain, .gz, .zst);",
        "drop duplicates, hold out a share by content hash, and write token shards and a ledger.",
        "What cannot be read is told, counted and left out."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Example: auspex data build --source src.zip --include '*.java' --strip-licence-headers \\",
        "           --licence 'GPL-2.0-only WITH Classpath-exception-2.0' --out corpus"
      })
  static final class Build implements Callable<Integer> {
    @Option(
        names = "--source",
        required = true,
        arity = "1..*",
        paramLabel = "PATH",
        description = "Folders, archives or files to read; in this order.")
    private List<Path> sources = List.of();

    @Option(
        names = "--licence",
        paramLabel = "SPDX",
        description = "Licence of the sources: once for all, or once for each, in their order.")
    private List<String> licences = List.of();

    @Option(
        names = "--out",
        required = true,
        paramLabel = "DIR",
        description =
            "Folder of the dataset; an earlier dataset there is replaced when this one"
                + " is complete.")
    private Path out = Path.of("");

    @Option(
        names = "--tokenizer",
        paramLabel = "FILE",
        description = "Vocabulary to use; without it one is trained on the text.")
    private @Nullable Path tokenizer;

    @Option(
        names = "--vocab-size",
        defaultValue = "4096",
        paramLabel = "N",
        description = "Size of the vocabulary to train (default: ${DEFAULT-VALUE}).")
    private int vocabSize;

    @Option(
        names = "--tokenizer-bytes",
        converter = ByteSize.Converter.class,
        defaultValue = "50M",
        paramLabel = "SIZE",
        description = "Text a new vocabulary is trained on at most (default: ${DEFAULT-VALUE}).")
    private ByteSize tokenizerBytes = new ByteSize(0);

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "Threads that encode (default: one a processor). The result is the same.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @ArgGroup(exclusive = false, heading = "Reading:%n", validate = false)
    private final ReadArguments read = new ReadArguments();

    @Mixin private JsonOption json;

    private final EncoderSource encoders;
    private final Progress progress;

    Build(EncoderSource encoders, Progress progress) {
      this.encoders = encoders;
      this.progress = progress;
    }

    @Override
    public Integer call() {
      ReadOptions options = read.readOptions();
      SplitOptions split = read.splitOptions();
      DatasetBuilder.checkTarget(out);
      Corpus corpus = Corpus.scan(Source.of(sources, licences), options, split, progress);
      EncoderSource.Vocabulary vocabulary =
          new EncoderSource.Vocabulary(tokenizer, vocabSize, tokenizerBytes.bytes());
      TokenEncoder encoder = encoders.encoder(corpus, vocabulary, progress);
      Ledger ledger = DatasetBuilder.build(corpus, encoder, threads, out, progress);
      summary(json.human(), ledger);
      Ledger.Totals all = ledger.totals();
      json.print(
          new BuildResult(
              all.documents(),
              all.bytes(),
              all.tokens(),
              all.dropped(),
              all.heldout(),
              out.resolve(DatasetBuilder.LEDGER).toString(),
              out.toString()));
      return 0;
    }

    private void summary(PrintStream screen, Ledger ledger) {
      for (Ledger.Entry entry : ledger.sources()) {
        screen.printf(
            "%s (%s): %,d documents, %,d bytes, %,d tokens%n",
            entry.name(), entry.licence(), entry.documents(), entry.bytes(), entry.tokens());
        if (entry.repaired().count() > 0) {
          screen.printf("  repaired: %,d documents%n", entry.repaired().count());
        }
        entry
            .dropped()
            .forEach(
                (reason, dropped) ->
                    screen.printf(
                        "  left out, %s: %,d (%,d bytes)%n",
                        reason.replace('_', ' '), dropped.count(), dropped.bytes()));
      }
      Ledger.Amount heldout = ledger.totals().heldout();
      screen.printf(
          "held out: %,d documents, %,d bytes, %,d tokens%n",
          heldout.documents(), heldout.bytes(), heldout.tokens());
      screen.printf(
          "dataset: %s, ledger: %s%n", out, out.resolve(DatasetBuilder.LEDGER).toString());
    }
  }

  /// The options on how files are read and split.
  static final class ReadArguments {
    @Option(
        names = "--include",
        arity = "1..*",
        paramLabel = "GLOB",
        description =
            "Take only files of folders and archives that match, such as '*.java' or"
                + " 'docs/**/*.md'.")
    private List<String> include = List.of();

    @Option(
        names = "--strip-licence-headers",
        description = "Remove licence comments at the head of source files.")
    private boolean stripLicenceHeaders;

    @Option(
        names = "--text-field",
        defaultValue = "text",
        paramLabel = "NAME",
        description = "Field of a JSON line that holds the text (default: ${DEFAULT-VALUE}).")
    private String textField = "text";

    @Option(
        names = "--max-document-bytes",
        converter = ByteSize.Converter.class,
        defaultValue = "16M",
        paramLabel = "SIZE",
        description = "Largest document (default: ${DEFAULT-VALUE}).")
    private ByteSize maxDocumentBytes = new ByteSize(0);

    @Option(
        names = "--long-documents",
        defaultValue = "split",
        description =
            "Larger ones are split at a line's end, or dropped: ${COMPLETION-CANDIDATES}"
                + " (default: ${DEFAULT-VALUE}).")
    private ReadOptions.LongDocuments longDocuments = ReadOptions.LongDocuments.SPLIT;

    @Option(
        names = "--invalid-utf8",
        defaultValue = "repair",
        description =
            "Documents with a few bad bytes: ${COMPLETION-CANDIDATES} (default:"
                + " ${DEFAULT-VALUE}).")
    private ReadOptions.InvalidUtf8 invalidUtf8 = ReadOptions.InvalidUtf8.REPAIR;

    @Option(
        names = "--max-bytes",
        converter = ByteSize.Converter.class,
        paramLabel = "SIZE",
        description =
            "Text to take at most, such as 30M; which documents is decided by their"
                + " content, not their order.")
    private @Nullable ByteSize maxBytes;

    @Option(
        names = "--heldout",
        defaultValue = "0.01",
        paramLabel = "SHARE",
        description = "Share of the text that training never sees (default: ${DEFAULT-VALUE}).")
    private double heldout;

    @Option(
        names = "--heldout-by",
        defaultValue = "hash",
        description =
            "Hold out whole documents by content hash, or the tail of each"
                + " (for few long ones): ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private SplitOptions.HeldoutBy heldoutBy = SplitOptions.HeldoutBy.HASH;

    @Option(
        names = "--heldout-overlap",
        defaultValue = "1",
        paramLabel = "SHARE",
        description =
            "Leave out held-out documents of which training repeats more than this share in runs"
                + " of 32 tokens, since a large model learns them by heart"
                + " (default: ${DEFAULT-VALUE}, keeps all).")
    private double heldoutOverlap = 1;

    @Option(
        names = "--overlap",
        defaultValue = "1",
        paramLabel = "SHARE",
        description =
            "Leave out any document of which those read before hold more than this share in runs"
                + " of 32 tokens, so that training and held-out text are of one kind"
                + " (default: ${DEFAULT-VALUE}, keeps all).")
    private double overlap = 1;

    ReadOptions readOptions() {
      return new ReadOptions(
          include,
          stripLicenceHeaders,
          textField,
          (int) Math.min(maxDocumentBytes.bytes(), Integer.MAX_VALUE),
          longDocuments,
          invalidUtf8);
    }

    SplitOptions splitOptions() {
      ByteSize limit = maxBytes;
      long bytes = limit == null ? Long.MAX_VALUE : limit.bytes();
      return new SplitOptions(heldout, heldoutBy, bytes, heldoutOverlap, overlap);
    }
  }

  /// `auspex data inspect`.
  @Command(
      name = "inspect",
      description = "Say what a dataset holds, after comparing every shard with its hashes.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: auspex data inspect corpus"})
  static final class Inspect implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "A folder written by 'auspex data build'.")
    private Path folder = Path.of("");

    @Mixin private JsonOption json;

    @Override
    public Integer call() {
      try (TokenDataset dataset = TokenDataset.open(folder)) {
        dataset.verify();
        DatasetManifest manifest = dataset.manifest();
        PrintStream screen = json.human();
        screen.printf(
            "%s: vocabulary %,d, licences %s, every shard as written%n",
            folder, manifest.vocabSize(), String.join(", ", manifest.licences()));
        print(screen, "train", manifest.train());
        print(screen, "heldout", manifest.heldout());
        json.print(document(manifest));
      }
      return 0;
    }

    private static void print(PrintStream screen, String name, DatasetManifest.Part part) {
      screen.printf(
          "%s: %,d documents, %,d bytes, %,d tokens in %d shards%n",
          name, part.documents(), part.bytes(), part.tokens(), part.shards().size());
    }

    private static Map<String, Object> document(DatasetManifest manifest) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("vocab_size", manifest.vocabSize());
      document.put("files", manifest.files());
      document.put("licences", manifest.licences());
      document.put("train", amount(manifest.train()));
      document.put("heldout", amount(manifest.heldout()));
      document.put("verified", true);
      return document;
    }

    private static Ledger.Amount amount(DatasetManifest.Part part) {
      return new Ledger.Amount(part.documents(), part.bytes(), part.tokens());
    }
  }
}

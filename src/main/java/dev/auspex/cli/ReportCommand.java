package dev.auspex.cli;

import dev.auspex.report.ReportWriter;
import dev.auspex.run.RunFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex report`: the page of a run; `auspex report verify` compares it with its evidence.
@Command(
    name = "report",
    description = "Write one self-contained page about a run, or verify one.",
    mixinStandardHelpOptions = true,
    subcommands = ReportCommand.Verify.class,
    footer = {
      "",
      "Examples:",
      "  auspex report --run runs/quickstart",
      "  auspex report verify --run runs/quickstart"
    })
final class ReportCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--run", description = "Run folder (default: runs/quickstart).")
  private Path run = RunFolder.DEFAULT_PARENT.resolve("quickstart");

  @Option(names = "--out", description = "Where the page goes (default: RUN/report).")
  private @Nullable Path out;

  @Override
  public Integer call() {
    RunFolder folder = RunFolder.open(run);
    ReportWriter.Written written = ReportWriter.write(run, out != null ? out : folder.report());
    output.human().println("report: " + written.page());
    if (!written.missing().isEmpty()) {
      output.human().println("missing: " + written.missing());
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("files", written.files());
    document.put("missing", written.missing());
    output.print(document);
    return 0;
  }

  /// `auspex report verify`.
  @Command(
      name = "verify",
      description =
          "Compare a report's evidence with the files as they are; exit 3 if they differ.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  auspex report verify --run runs/quickstart"})
  static final class Verify implements Callable<Integer> {
    private static final int GATE = 3;

    @Mixin private JsonOption output = new JsonOption();

    @Option(names = "--run", description = "Run folder (default: runs/quickstart).")
    private Path run = RunFolder.DEFAULT_PARENT.resolve("quickstart");

    @Option(names = "--out", description = "Where the page is (default: RUN/report).")
    private @Nullable Path out;

    @Override
    public Integer call() {
      Path report = out != null ? out : RunFolder.open(run).report();
      List<String> different = ReportWriter.verify(run, report);
      output
          .human()
          .println(different.isEmpty() ? "all evidence is unchanged" : "changed: " + different);
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("checked", report.toString());
      document.put("different", different);
      output.print(document);
      return different.isEmpty() ? 0 : GATE;
    }
  }
}

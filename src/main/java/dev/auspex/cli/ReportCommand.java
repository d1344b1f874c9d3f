package dev.auspex.cli;

import dev.auspex.report.ReportCheck;
import dev.auspex.report.ReportException;
import dev.auspex.report.ReportWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex report`: writes the report of a run, or checks one.
@Command(
    name = "report",
    description = {
      "Write the report of a run from the files in its folder: a web page that needs no network,"
          + " Markdown, and the evidence behind each number."
    },
    mixinStandardHelpOptions = true,
    subcommands = ReportCommand.Verify.class,
    footer = {
      "",
      "Examples:",
      "  auspex report --run runs/quickstart",
      "  auspex report verify --run runs/quickstart"
    })
final class ReportCommand implements Callable<Integer> {
  private static final String FOLDER = "report";

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--run", paramLabel = "DIR", description = "The run folder.")
  private @Nullable Path run;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where to write (default: report/ in the run folder).")
  private @Nullable Path out;

  @Override
  public Integer call() {
    if (run == null) {
      throw new ReportException("--run () must name a run folder, such as runs/quickstart");
    }
    ReportWriter.Written written = ReportWriter.write(run, out == null ? run.resolve(FOLDER) : out);
    output.human().println(written.page());
    written.missing().forEach(name -> output.human().println("missing: " + name));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("files", written.files().stream().map(Path::toString).toList());
    document.put("missing", written.missing());
    output.print(document);
    return 0;
  }

  /// `auspex report verify`: checks that the files behind a report are as they were.
  @Command(
      name = "verify",
      description = {
        "Check that the files behind a report, and the report, are as they were.",
        "Exit code 3 where anything differs."
      },
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  auspex report verify --run runs/quickstart"})
  static final class Verify implements Callable<Integer> {
    @Mixin private JsonOption output = new JsonOption();

    @Option(names = "--run", paramLabel = "DIR", description = "The run folder.")
    private @Nullable Path run;

    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "The report's folder (default: report/ in the run folder).")
    private @Nullable Path out;

    @Override
    public Integer call() {
      if (run == null && out == null) {
        throw new ReportException("--run () must name a run folder, or --out a report's folder");
      }
      ReportCheck check = ReportCheck.of(out != null ? out : run.resolve(FOLDER));
      check.different().forEach(line -> output.human().println(line));
      output
          .human()
          .printf("%d checked, %d different%n", check.checked(), check.different().size());
      output.print(check);
      return check.different().isEmpty() ? 0 : ExitCodes.NOT_HELD;
    }
  }
}

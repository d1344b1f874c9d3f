package dev.auspex.cli;

import dev.auspex.io.FileException;
import dev.auspex.scaling.ForecastRegister;
import dev.auspex.scaling.Ledger;
import dev.auspex.scaling.Score;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex scale ledger`: every forecast ever sealed here, hits and misses.
@Command(
    name = "ledger",
    description =
        "List every forecast ever sealed here, hits and misses, and how often intervals of 50 to"
            + " 95 percent held.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  auspex scale ledger --register runs/register.jsonl"})
final class ScaleLedgerCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--register",
      paramLabel = "FILE",
      description = "The register (default: runs/register.jsonl).")
  private Path register = Path.of("runs", "register.jsonl");

  @Override
  public Integer call() {
    if (!Files.isRegularFile(register)) {
      throw new FileException(register + " must be a register of forecasts; it does not exist");
    }
    Ledger ledger = new ForecastRegister(register).ledger();
    tell(ledger);
    output.print(ledger);
    return 0;
  }

  private void tell(Ledger ledger) {
    PrintStream out = output.human();
    for (Ledger.Row row : ledger.forecasts()) {
      Score score = row.score();
      out.printf(
          Locale.ROOT,
          "%s %-24s %s %.4f (%.4f to %.4f) %s%n",
          row.time(),
          row.run(),
          row.metric(),
          row.predicted(),
          row.low(),
          row.high(),
          score == null ? "not ended" : outcome(score));
    }
    out.printf(
        Locale.ROOT,
        "%d forecasts, %d ended, %d inside (stated %.0f%%), mean error %.2f%%%n",
        ledger.forecasts().size(),
        ledger.scored(),
        ledger.inside(),
        100 * ledger.expectedCoverage(),
        100 * ledger.meanAbsoluteError());
    for (Ledger.Calibration row : ledger.calibration()) {
      out.printf(
          Locale.ROOT,
          "intervals of %.0f%% held %.0f%% of the time%n",
          100 * row.nominal(),
          100 * row.observed());
    }
    if (ledger.invalid() > 0) {
      out.printf("%d seals NOT VALID, see auspex scale verify%n", ledger.invalid());
    }
  }

  private static String outcome(Score score) {
    return String.format(
        Locale.ROOT,
        "came %.4f (%+.2f%%, %s%s)",
        score.actual(),
        100 * score.relativeError(),
        score.inside() ? "inside" : "OUTSIDE",
        score.sealValid() ? "" : ", seal NOT VALID");
  }
}

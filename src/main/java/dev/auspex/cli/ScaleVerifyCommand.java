package dev.auspex.cli;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import dev.auspex.scaling.ForecastRegister;
import dev.auspex.scaling.Ledger;
import dev.auspex.scaling.Score;
import dev.auspex.scaling.Verification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex scale verify`: checks the register of forecasts for any later change.
@Command(
    name = "verify",
    description = {
      "Check the register for changed, removed or moved entries, forecasts made after the fact, and"
          + " targets other than those forecast. Exit code 3 where anything is wrong."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  auspex scale verify --register runs/register.jsonl"})
final class ScaleVerifyCommand implements Callable<Integer> {
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
    ForecastRegister book = new ForecastRegister(register);
    Verification verification = book.verify();
    for (Verification.Problem problem : verification.problems()) {
      output
          .human()
          .printf(
              "%s line %d%s: %s%n",
              register,
              problem.line(),
              problem.run().isEmpty() ? "" : " (" + problem.run() + ")",
              problem.what());
    }
    output
        .human()
        .printf(
            "%d entries, %d problems%n", verification.entries(), verification.problems().size());
    output.print(document(book, verification));
    return verification.valid() ? 0 : ExitCodes.NOT_HELD;
  }

  /// The keys of `score`, for the latest forecast whose target has ended, and what was found.
  private static Map<String, Object> document(ForecastRegister book, Verification verification) {
    Map<String, Object> document = new LinkedHashMap<>();
    if (verification.valid()) {
      List<Ledger.Row> rows = book.ledger().forecasts();
      for (Ledger.Row row : rows.reversed()) {
        Score score = row.score();
        if (score != null) {
          Json.MAPPER
              .readTree(Json.line(score))
              .properties()
              .forEach(entry -> document.put(entry.getKey(), entry.getValue()));
          break;
        }
      }
    }
    document.put("seal_valid", verification.valid());
    document.put("entries", verification.entries());
    document.put("problems", verification.problems());
    return document;
  }
}

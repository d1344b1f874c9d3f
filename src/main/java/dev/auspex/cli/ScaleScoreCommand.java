package dev.auspex.cli;

import dev.auspex.run.RunFolder;
import dev.auspex.scaling.ForecastRegister;
import dev.auspex.scaling.Score;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `auspex scale score`: the sealed forecast of a run beside what came.
@Command(
    name = "score",
    description = {
      "Compare a finished run with its sealed forecast.",
      "Exit code 3 where the outcome lies outside the interval or the seal does not hold."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  auspex scale score --run runs/java"})
final class ScaleScoreCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--run", required = true, paramLabel = "DIR", description = "The run folder.")
  private Path run = Path.of("");

  @Option(
      names = "--register",
      paramLabel = "FILE",
      description = "The register (default: register.jsonl beside the run folder).")
  private @Nullable Path register;

  @Override
  public Integer call() {
    ForecastRegister book =
        register == null ? ForecastRegister.beside(run) : new ForecastRegister(register);
    Score score = book.score(run);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%s: predicted %.4f (%.4f to %.4f) at %.1fx, came %.4f: error %+.2f%%, %s; seal %s%n",
            score.metric(),
            score.predicted(),
            score.low(),
            score.high(),
            score.computeRatio(),
            score.actual(),
            100 * score.relativeError(),
            score.inside() ? "inside" : "OUTSIDE",
            score.sealValid() ? "valid" : "NOT VALID, see auspex scale verify");
    HeldoutGap.at(new RunFolder(run))
        .ifPresent(
            gap ->
                output
                    .human()
                    .printf(
                        Locale.ROOT,
                        "held-out above training loss: %+.1f%%; in the ladder %s%n",
                        100 * gap,
                        HeldoutGap.of(run, ScaleRun.finished(new RunFolder(run)))));
    output.print(score);
    return score.inside() && score.sealValid() ? 0 : ExitCodes.NOT_HELD;
  }
}

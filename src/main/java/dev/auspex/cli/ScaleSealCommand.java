package dev.auspex.cli;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import dev.auspex.scaling.Assumptions;
import dev.auspex.scaling.Forecast;
import dev.auspex.scaling.ForecastRegister;
import dev.auspex.scaling.Forecaster;
import dev.auspex.scaling.RunTable;
import dev.auspex.scaling.SealRequest;
import dev.auspex.scaling.Sealed;
import dev.auspex.scaling.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `auspex scale seal`: forecasts a run from its ladder and seals that before the run's first step.
@Command(
    name = "seal",
    description = {
      "Forecast a run from its ladder and seal the forecast before the run begins.",
      "",
      "The run folder must hold the target's config.yaml and no step yet. The target's size comes"
          + " from --flops, --parameters and --tokens, or from target.json in the run folder."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  auspex scale seal --ladder runs/java --run runs/java --flops 4e13 --parameters 1.2e6 \\",
      "    --tokens 5.5e6"
    })
final class ScaleSealCommand implements Callable<Integer> {
  private static final String DEFAULT_METRIC = "heldout_bpb";

  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--ladder",
      required = true,
      paramLabel = "DIR",
      description = "Folder with ladder.jsonl, or a file of runs.")
  private Path ladder = Path.of("");

  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "The target's run folder.")
  private Path run = Path.of("");

  @Option(names = "--flops", description = "The target's compute in FLOPs.")
  private @Nullable Double flops;

  @Option(names = "--parameters", description = "The target's number of parameters.")
  private double parameters;

  @Option(names = "--tokens", description = "The tokens the target will be trained on.")
  private double tokens;

  @Option(names = "--metric", description = "Key of result.json (default: heldout_bpb).")
  private String metric = DEFAULT_METRIC;

  @Option(names = "--level", description = "Probability of the interval (default: 0.9).")
  private double level = 0.9;

  @Option(
      names = "--assume",
      description = "What is assumed beyond the runs: " + Assumptions.NAMES + ".")
  private String assume = "general";

  @Option(
      names = "--register",
      paramLabel = "FILE",
      description = "The register (default: register.jsonl beside the run folder).")
  private @Nullable Path register;

  @Override
  public Integer call() {
    Path source = Files.isDirectory(ladder) ? ladder.resolve("ladder.jsonl") : ladder;
    Forecast forecast =
        new Forecaster(Assumptions.named(assume))
            .forecast(RunTable.observations(source), target(), level);
    SealRequest request =
        new SealRequest(
            run,
            metric,
            String.valueOf(run.getFileName()),
            List.of(source),
            forecast,
            Main.VERSION);
    ForecastRegister book =
        register == null ? ForecastRegister.beside(run) : new ForecastRegister(register);
    Sealed sealed = book.seal(request);
    output.human().println("sealed " + sealed.line());
    forecast.diagnostics().warnings().forEach(line -> output.human().println("note: " + line));
    output.print(document(sealed, forecast));
    return 0;
  }

  private static Map<String, Object> document(Sealed sealed, Forecast forecast) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("seal", sealed.seal());
    document.put("time", sealed.time().toString());
    document.put("predicted", forecast.predicted());
    document.put("low", forecast.low());
    document.put("high", forecast.high());
    document.put("level", forecast.level());
    document.put("metric", sealed.metric());
    document.put("compute_ratio", forecast.computeRatio());
    document.put("warnings", forecast.diagnostics().warnings());
    return document;
  }

  private Target target() {
    if (flops != null) {
      return new Target(flops, parameters, tokens);
    }
    Path file = run.resolve("target.json");
    if (!Files.isRegularFile(file)) {
      throw new FileException(
          "--flops () must give the target's compute, or " + file + " must hold it");
    }
    JsonNode tree = Json.readTree(file);
    return new Target(
        tree.path("flops").asDouble(0),
        tree.path("parameters").asDouble(0),
        tree.path("tokens").asDouble(0));
  }
}

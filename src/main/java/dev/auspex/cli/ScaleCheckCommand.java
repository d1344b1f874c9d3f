package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.CheckFindings;
import dev.auspex.scaling.CheckFindings.Coordinate;
import dev.auspex.scaling.CheckPlan;
import dev.auspex.scaling.CheckPlan.Setting;
import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.RateSweep;
import dev.auspex.train.CoordinateCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex scale check`: does one recipe serve every width, depth and length?
@Command(
    name = "check",
    description = {
      "Check whether a plan's recipe holds from size to size; exit code 3 where anything drifts, or"
          + " where the runs cannot tell.",
      "",
      "Coordinates: sizes of activations, and their change, over the first steps of models that"
          + " differ in width or in depth (Tensor Programs V). Flat is a power of the width or depth"
          + " within ±--coordinate-tolerance.",
      "",
      "Rates: short runs over a grid of learning rates, in multiples of the recipe's, along width,"
          + " depth and horizon from one corner, the smallest of each. The best rate is the bottom of"
          + " a parabola; its power of the size must lie within ±--rate-tolerance. Beyond it but within"
          + " two standard errors of 0 it is UNCLEAR, which does not pass: the seeds that would tell"
          + " are named. Runs are resumable and never repeated, so that more --seeds add to those"
          + " made. Without data only coordinates are checked, on random tokens.",
      "",
      "Writes check.json, check.html and pictures as SVG into --dir."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex scale check --target quickstart",
      "  auspex scale check --target quickstart --data texts/ --minutes 30",
      "  auspex scale check --target quickstart --standard    # without muP it must fail",
      "  auspex scale check --target quickstart base.optimizer.type=adamw \\",
      "    base.optimizer.learning_rate=0.01 base.optimizer.beta1=0.9 base.optimizer.beta2=0.95 \\",
      "    base.optimizer.eps=1e-8 base.optimizer.hidden_weight_decay=0.1"
    })
final class ScaleCheckCommand implements Callable<Integer> {
  private static final List<Integer> DEPTH_FACTORS = List.of(1, 2, 4);

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--target", required = true, description = "A plan: preset or YAML file.")
  private String target = "";

  @Option(names = "--data", description = "Text or a dataset folder (default: the plan's).")
  private String data = "";

  @Option(
      names = "--widths",
      split = ",",
      description = "Widths (default: the target's and its halves, three times).")
  private List<Integer> widths = new ArrayList<>();

  @Option(
      names = "--depths",
      split = ",",
      description = "Depths in blocks (default: base_layers times 1, 2, 4).")
  private List<Integer> depths = new ArrayList<>();

  @Option(
      names = "--horizons",
      split = ",",
      description = "Lengths in multiples of the shortest (default: 1,4,16).")
  private List<Double> horizons = List.of(1.0, 4.0, 16.0);

  @Option(
      names = "--rates",
      split = ",",
      description = "Learning rates in multiples of the recipe's (default: 0.25,0.5,1,2,4).")
  private List<Double> rates = List.of(0.25, 0.5, 1.0, 2.0, 4.0);

  @Option(names = "--seeds", description = "Runs of each setting (default: 2).")
  private int seeds = 2;

  @Option(names = "--steps", description = "Steps of the coordinate check (default: 8).")
  private int steps = 8;

  @Option(
      names = "--tokens",
      description = "Tokens of the shortest runs (default: the recipe's for the smallest shape).")
  private @Nullable Double tokens;

  @Option(
      names = "--minutes",
      description = "Choose --tokens so that all runs take about this long here.")
  private @Nullable Double minutes;

  @Option(
      names = "--coordinate-tolerance",
      description = "Largest power of width or depth that counts as flat (default: 0.3).")
  private double coordinateTolerance = 0.3;

  @Option(
      names = "--rate-tolerance",
      description = "Largest power of the best rate that counts as flat (default: 0.1).")
  private double rateTolerance = 0.1;

  @Option(
      names = "--standard",
      description = "As a control: switch scaling in width and depth off.")
  private boolean standard;

  @Option(names = "--dir", description = "Folder of the check (default: runs/check).")
  private Path dir = RunFolder.DEFAULT_PARENT.resolve("check");

  @Parameters(paramLabel = "key=value", description = "Settings that override the plan.")
  private List<String> overrides = new ArrayList<>();

  private final Interruption interruption;

  ScaleCheckCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() {
    LadderConfig config = ScaleRun.plan(target, overrides);
    if (!data.isEmpty()) {
      config = config.withData(data);
    }
    CheckPlan plan = plan(config);
    ScaleCheck check = new ScaleCheck(dir, plan, interruption, TerminalProgress.create());
    Optional<Path> dataset =
        config.base().data().isEmpty()
            ? Optional.empty()
            : Optional.of(
                RunData.dataset(config.base(), new RunFolder(dir), TerminalProgress.create()));
    double shortest = shortest(plan, check, dataset);
    Map<Setting, List<CoordinateCheck.Sizes>> sizes = check.coordinates(dataset, shortest, steps);
    List<Coordinate> coordinates =
        CheckFindings.coordinates(plan, shortest, sizes, coordinateTolerance);
    if (dataset.isEmpty()) {
      output.human().println("note: no --data, so the best rates are not measured");
      CheckFindings findings = new CheckFindings(coordinates, List.of(), Double.NaN);
      return report(plan, shortest, findings, sizes, Map.of());
    }
    Optional<Map<Setting, RateSweep>> swept = check.sweeps(dataset.get(), shortest);
    if (swept.isEmpty()) {
      return ExitCodes.INTERRUPTED;
    }
    CheckFindings findings =
        CheckFindings.of(plan, shortest, coordinates, swept.get(), rateTolerance);
    return report(plan, shortest, findings, sizes, swept.get());
  }

  private int report(
      CheckPlan plan,
      double shortest,
      CheckFindings findings,
      Map<Setting, List<CoordinateCheck.Sizes>> sizes,
      Map<Setting, RateSweep> sweeps) {
    List<String> drifting = findings.drifting(plan.recipe().rules());
    List<String> unclear = findings.unclear();
    List<String> lines = new ArrayList<>();
    drifting.forEach(line -> lines.add("DRIFTS: " + line));
    unclear.forEach(line -> lines.add("UNCLEAR: " + line));
    CheckTables tables = new CheckTables(findings, sweeps);
    tables.print(output.human());
    Path page = tables.page(dir, lines);
    lines.forEach(output.human()::println);
    output.human().printf("page: %s%n", page);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("passed", lines.isEmpty());
    document.put("drifting", drifting);
    document.put("unclear", unclear);
    document.put("coordinates", findings.coordinates());
    document.put("rates", findings.rates());
    document.put("noise", Double.isNaN(findings.noise()) ? null : findings.noise());
    document.put("tokens", shortest);
    document.put("page", page.toString());
    Json.write(dir.resolve("check.json"), detailed(document, sizes, sweeps));
    output.print(document);
    return lines.isEmpty() ? 0 : ExitCodes.NOT_HELD;
  }

  private CheckPlan plan(LadderConfig config) {
    if (steps < 4) {
      throw new ConfigException(
          "--steps (%d) must be at least 4: head and output projections start at zero, so all parts"
                  .formatted(steps)
              + " move only from the third step on");
    }
    int layers = config.base().model().mup().baseLayers();
    return new CheckPlan(
        config.rule(),
        widths.isEmpty() ? CheckPlan.widthsBelow(config) : widths,
        depths.isEmpty() ? DEPTH_FACTORS.stream().map(f -> f * layers).toList() : depths,
        horizons,
        rates,
        seeds,
        standard);
  }

  private double shortest(CheckPlan plan, ScaleCheck check, Optional<Path> dataset) {
    if (tokens != null && minutes != null) {
      throw new ConfigException("--tokens (" + tokens + ") must be given without --minutes");
    }
    if (tokens != null && !(tokens >= 1)) {
      throw new ConfigException("--tokens (" + tokens + ") must be at least 1");
    }
    if (minutes != null && !(minutes > 0)) {
      throw new ConfigException("--minutes (" + minutes + ") must be above 0");
    }
    if (minutes != null && dataset.isPresent()) {
      return check.tokensFor(minutes, dataset.get());
    }
    return tokens == null ? plan.recipeTokens() : tokens;
  }

  private static Map<String, Object> detailed(
      Map<String, Object> document,
      Map<Setting, List<CoordinateCheck.Sizes>> sizes,
      Map<Setting, RateSweep> sweeps) {
    Map<String, Object> detailed = new LinkedHashMap<>(document);
    List<Map<String, Object>> shapes = new ArrayList<>();
    sizes.forEach(
        (setting, steps) -> {
          Map<String, Object> shape = new LinkedHashMap<>();
          shape.put("dim", setting.dim());
          shape.put("layers", setting.layers());
          shape.put("steps", steps);
          shapes.add(shape);
        });
    detailed.put("sizes", shapes);
    List<Map<String, Object>> losses = new ArrayList<>();
    sweeps.forEach((setting, sweep) -> losses.add(losses(setting, sweep)));
    detailed.put("losses", losses);
    return detailed;
  }

  private static Map<String, Object> losses(Setting setting, RateSweep sweep) {
    List<Map<String, Object>> byRate = new ArrayList<>();
    sweep
        .losses()
        .forEach(
            (rate, bySeed) ->
                byRate.add(
                    Map.of(
                        "rate",
                        rate,
                        "losses",
                        bySeed.stream().map(ScaleCheckCommand::finite).toList())));
    Map<String, Object> swept = new LinkedHashMap<>();
    swept.put("dim", setting.dim());
    swept.put("layers", setting.layers());
    swept.put("tokens", setting.tokens());
    swept.put("rates", byRate);
    return swept;
  }

  /// A diverged run's loss is not a number in JSON.
  private static Optional<Double> finite(double loss) {
    return Double.isFinite(loss) ? Optional.of(loss) : Optional.empty();
  }
}

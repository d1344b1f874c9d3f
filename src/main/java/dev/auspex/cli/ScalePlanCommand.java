package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.scaling.DeviceTable;
import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.train.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex scale plan`: what a target and its ladder would hold and cost.
@Command(
    name = "plan",
    description = {
      "Show the target, the ladder that foretells it, and what the runs cost.",
      "",
      "The target is a plan (--target), or an amount of compute (--flops), which is split between"
          + " parameters and tokens by --tokens-per-parameter and 6 FLOPs a parameter and token.",
      "",
      "--devices gives hours and money as well, from a table of peak BF16 rate, utilisation and"
          + " price an hour; --device-table FILE adds devices or replaces their figures."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex scale plan --target quickstart target_dim=256 --ratio 30",
      "  auspex scale plan --flops 1e21 --devices 8xH100"
    })
final class ScalePlanCommand implements Callable<Integer> {
  private static final double FLOPS_PER_PARAMETER_AND_TOKEN = 6;
  private static final int RUNGS = 6;
  private static final double RUNG_STEP = Math.sqrt(10);

  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--target", description = "A plan: preset or YAML file.")
  private String target = "";

  @Option(names = "--flops", description = "The target's compute in FLOPs, instead of a plan.")
  private @Nullable Double flops;

  @Option(
      names = "--tokens-per-parameter",
      description = "Training tokens for each parameter, with --flops (default: 20).")
  private double tokensPerParameter = 20;

  @Option(names = "--ratio", description = "No run above 1/RATIO of the target (default: 1000).")
  private double ratio = 1000;

  @Option(
      names = "--devices",
      paramLabel = "COUNTxNAME",
      description = "What it runs on, such as 8xH100.")
  private String devices = "";

  @Option(
      names = "--device-table",
      paramLabel = "FILE",
      description = "YAML of more devices, in the form of the shipped devices.yaml.")
  private @Nullable Path deviceTable;

  @Parameters(paramLabel = "key=value", description = "Settings that override the plan.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public Integer call() {
    if (!(ratio >= 1)) {
      throw new ConfigException("--ratio (" + ratio + ") must be at least 1");
    }
    Double compute = flops;
    if (target.isEmpty() == (compute == null)) {
      throw new ConfigException(
          "--target (%s) or --flops (%s) must be given, and not both"
              .formatted(target, compute == null ? "" : compute));
    }
    Map<String, Object> goal = new LinkedHashMap<>();
    List<Map<String, Object>> ladder = new ArrayList<>();
    if (compute == null) {
      planned(goal, ladder);
    } else {
      split(compute, goal, ladder);
    }
    double targetFlops = flopsOf(goal);
    double ladderFlops = ladder.stream().mapToDouble(ScalePlanCommand::flopsOf).sum();
    Optional<DeviceTable.Fleet> fleet = fleet();
    output.human().printf("target            %s%n", goal);
    ladder.forEach(row -> output.human().printf("%-17s %s%n", row.get("name"), row));
    output
        .human()
        .printf(
            Locale.ROOT,
            "%d runs, %.3g FLOPs: %.1f%% of the target%n",
            ladder.size(),
            ladderFlops,
            100 * ladderFlops / targetFlops);
    if (ladder.size() < 3) {
      output.human().println("too few runs below the ratio to fit a law: add smaller dims");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("target", goal);
    document.put("ladder", ladder);
    document.put("cost", cost(targetFlops, ladderFlops, fleet));
    output.print(document);
    return 0;
  }

  private void planned(Map<String, Object> goal, List<Map<String, Object>> ladder) {
    LadderConfig plan = ScaleRun.plan(target, overrides);
    goal.putAll(size(plan.target()));
    for (Rung rung : plan.rungs(ratio)) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", rung.name());
      row.putAll(size(rung.config()));
      ladder.add(row);
    }
  }

  private void split(double compute, Map<String, Object> goal, List<Map<String, Object>> ladder) {
    if (!overrides.isEmpty()) {
      throw new ConfigException(
          "key=value (%s) must go with --target; --flops has no plan to override"
              .formatted(String.join(" ", overrides)));
    }
    if (!(compute > 0 && compute < Double.POSITIVE_INFINITY) || !(tokensPerParameter > 0)) {
      throw new ConfigException(
          "--flops (%s) and --tokens-per-parameter (%s) must be above 0"
              .formatted(compute, tokensPerParameter));
    }
    goal.putAll(size(compute));
    for (int i = RUNGS - 1; i >= 0; i--) {
      double rung = compute / ratio / Math.pow(RUNG_STEP, i);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", String.format(Locale.ROOT, "flops-%.2g", rung));
      row.putAll(size(rung));
      ladder.add(row);
    }
  }

  private Optional<DeviceTable.Fleet> fleet() {
    if (devices.isEmpty()) {
      return Optional.empty();
    }
    DeviceTable table = DeviceTable.shipped();
    return Optional.of((deviceTable == null ? table : table.with(deviceTable)).fleet(devices));
  }

  private Map<String, Object> cost(
      double targetFlops, double ladderFlops, Optional<DeviceTable.Fleet> fleet) {
    Map<String, Object> cost = new LinkedHashMap<>();
    cost.put("flops", targetFlops + ladderFlops);
    cost.put("target_flops", targetFlops);
    cost.put("ladder_flops", ladderFlops);
    cost.put("share", ladderFlops / targetFlops);
    fleet.ifPresent(chosen -> rent(cost, chosen, targetFlops, ladderFlops));
    return cost;
  }

  private void rent(
      Map<String, Object> cost, DeviceTable.Fleet fleet, double targetFlops, double ladderFlops) {
    double total = targetFlops + ladderFlops;
    cost.put("hours", fleet.hours(total));
    cost.put("target_hours", fleet.hours(targetFlops));
    cost.put("ladder_hours", fleet.hours(ladderFlops));
    cost.put("money", fleet.money(total));
    cost.put("target_money", fleet.money(targetFlops));
    cost.put("ladder_money", fleet.money(ladderFlops));
    cost.put("currency", "USD");
    cost.put("devices", fleet);
    output
        .human()
        .printf(
            Locale.ROOT,
            "%d x %s at %.0f%% of %.0f TFLOP/s, %.2f USD an hour each: target %.4g hours, %.4g USD;"
                + " ladder %.4g hours, %.4g USD%n",
            fleet.count(),
            fleet.name(),
            100 * fleet.device().utilisation(),
            fleet.device().tflops(),
            fleet.device().usdPerHour(),
            fleet.hours(targetFlops),
            fleet.money(targetFlops),
            fleet.hours(ladderFlops),
            fleet.money(ladderFlops));
  }

  private static double flopsOf(Map<String, Object> size) {
    return ((Number) size.getOrDefault("flops", 0)).doubleValue();
  }

  private Map<String, Object> size(double compute) {
    double parameters = Math.sqrt(compute / (FLOPS_PER_PARAMETER_AND_TOKEN * tokensPerParameter));
    Map<String, Object> size = new LinkedHashMap<>();
    size.put("flops", compute);
    size.put("parameters", Math.round(parameters));
    size.put("tokens", Math.round(parameters * tokensPerParameter));
    return size;
  }

  private static Map<String, Object> size(TrainConfig config) {
    Map<String, Object> size = new LinkedHashMap<>();
    size.put("flops", config.flops());
    size.put("parameters", config.model().numParams());
    size.put("tokens", config.tokens());
    size.put("dim", config.model().dim());
    size.put("layers", config.model().numLayers());
    size.put("steps", config.steps());
    return size;
  }
}

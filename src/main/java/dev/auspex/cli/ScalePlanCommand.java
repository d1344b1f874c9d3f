package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.scaling.DeviceTable;
import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.scaling.Trunk;
import dev.auspex.train.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
      "Where the ladder has several lengths a width (horizons in a plan, --horizons with --flops),"
          + " they are finished from one trunk at a constant rate, and what that saves beside"
          + " separate runs is shown.",
      "",
      "--devices gives hours and money as well, from a table of peak BF16 rate, utilisation and"
          + " price an hour; --device-table FILE adds devices or replaces their figures."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  auspex scale plan --target quickstart target_dim=256 --ratio 30",
      "  auspex scale plan --target quickstart --ratio 10 horizons.multiples=[0.5,1,2]"
          + " horizons.trunk=1",
      "  auspex scale plan --flops 1e21 --devices 8xH100 --horizons 0.5,1,2"
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
      names = "--horizons",
      split = ",",
      description =
          "With --flops: lengths of each size in multiples of --tokens-per-parameter, finished from"
              + " one trunk (default: 1).")
  private List<Double> horizons = List.of(1.0);

  @Option(
      names = "--decay-share",
      description = "With --horizons: the share of each length that decays (default: 0.2).")
  private double decayShare = 0.2;

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
    double ladderFlops = compute == null ? planned(goal, ladder) : split(compute, goal, ladder);
    double separateFlops = ladder.stream().mapToDouble(ScalePlanCommand::flopsOf).sum();
    Compute spent = new Compute(flopsOf(goal), ladderFlops, separateFlops);
    Optional<DeviceTable.Fleet> fleet = fleet();
    output.human().printf("target            %s%n", goal);
    ladder.forEach(row -> output.human().printf("%-17s %s%n", row.get("name"), row));
    say(
        "%d runs, %.3g FLOPs: %.1f%% of the target",
        ladder.size(), ladderFlops, 100 * spent.share());
    if (spent.saves()) {
      say(
          "trunks save %.3g FLOPs, %.0f%% of separate runs",
          spent.saved(), 100 * spent.saved() / separateFlops);
    }
    if (ladder.stream().map(ScalePlanCommand::flopsOf).distinct().count() < 3) {
      output.human().println("too few sizes below the ratio to fit a law: add smaller dims");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("target", goal);
    document.put("ladder", ladder);
    document.put("cost", cost(spent, fleet));
    output.print(document);
    return 0;
  }

  /// The FLOPs that the ladder takes.
  private double planned(Map<String, Object> goal, List<Map<String, Object>> ladder) {
    if (!horizons.equals(List.of(1.0))) {
      throw new ConfigException(
          "--horizons (%s) must go with --flops; in a plan it is horizons.multiples=[...] and horizons.trunk=1"
              .formatted(horizons));
    }
    LadderConfig plan = ScaleRun.plan(target, overrides);
    plan.shortRuns(ratio).ifPresent(note -> say("note: %s", note));
    goal.putAll(size(plan.target()));
    double flops = 0;
    Map<Rung, Map<String, Object>> trunks = new HashMap<>();
    for (Trunk trunk : plan.trunks(ratio)) {
      flops += trunk.flops();
      for (Trunk.Branch branch : trunk.branches()) {
        trunks.put(branch.rung(), Map.of("trunk", trunk.name(), "trunk_steps", branch.start()));
      }
    }
    for (Rung rung : plan.rungs(ratio)) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", rung.name());
      row.putAll(size(rung.config()));
      Map<String, Object> trunk = trunks.get(rung);
      if (trunk == null) {
        flops += rung.config().flops();
      } else {
        row.putAll(trunk);
      }
      ladder.add(row);
    }
    return flops;
  }

  private double split(double compute, Map<String, Object> goal, List<Map<String, Object>> ladder) {
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
    if (horizons.stream().anyMatch(horizon -> !(horizon > 0))
        || !(decayShare > 0 && decayShare < 1)) {
      throw new ConfigException(
          "--horizons (%s) must be above 0 and --decay-share (%s) between 0 and 1"
              .formatted(horizons, decayShare));
    }
    goal.putAll(size(compute));
    double flops = 0;
    for (int i = RUNGS - 1; i >= 0; i--) {
      flops += branches(compute / ratio / Math.pow(RUNG_STEP, i), compute / ratio, ladder);
    }
    return flops;
  }

  /// Adds the lengths of one size that lie within the limit; the FLOPs that they take together.
  private double branches(double rung, double limit, List<Map<String, Object>> ladder) {
    double longest = 0;
    double decays = 0;
    for (double horizon : horizons) {
      double flops = horizon * rung;
      if (flops <= limit * (1 + 1e-9)) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", String.format(Locale.ROOT, "flops-%.2g", flops));
        row.putAll(size(rung));
        row.put("flops", flops);
        row.put("tokens", Math.round(horizon * ((Number) row.get("tokens")).doubleValue()));
        ladder.add(row);
        longest = Math.max(longest, flops);
        decays += decayShare * flops;
      }
    }
    return (1 - decayShare) * longest + decays;
  }

  private Optional<DeviceTable.Fleet> fleet() {
    if (devices.isEmpty()) {
      return Optional.empty();
    }
    DeviceTable table = DeviceTable.shipped();
    return Optional.of((deviceTable == null ? table : table.with(deviceTable)).fleet(devices));
  }

  /// What the runs take, in FLOPs.
  ///
  /// @param ladder trunks and decays
  /// @param separate what the ladder would take if each run were made from its first step
  private record Compute(double target, double ladder, double separate) {
    double total() {
      return target + ladder;
    }

    double share() {
      return ladder / target;
    }

    boolean saves() {
      return saved() > 1e-9 * separate;
    }

    double saved() {
      return separate - ladder;
    }
  }

  private Map<String, Object> cost(Compute spent, Optional<DeviceTable.Fleet> fleet) {
    Map<String, Object> cost = new LinkedHashMap<>();
    cost.put("flops", spent.total());
    cost.put("target_flops", spent.target());
    cost.put("ladder_flops", spent.ladder());
    cost.put("share", spent.share());
    if (spent.saves()) {
      cost.put("separate_flops", spent.separate());
      cost.put("saved_flops", spent.saved());
    }
    fleet.ifPresent(chosen -> rent(cost, chosen, spent));
    return cost;
  }

  private void rent(Map<String, Object> cost, DeviceTable.Fleet fleet, Compute spent) {
    cost.put("hours", fleet.hours(spent.total()));
    cost.put("target_hours", fleet.hours(spent.target()));
    cost.put("ladder_hours", fleet.hours(spent.ladder()));
    cost.put("money", fleet.money(spent.total()));
    cost.put("target_money", fleet.money(spent.target()));
    cost.put("ladder_money", fleet.money(spent.ladder()));
    cost.put("currency", "USD");
    cost.put("devices", fleet);
    say(
        "%d x %s at %.0f%% of %.0f TFLOP/s, %.2f USD an hour each: target %.4g hours, %.4g USD;"
            + " ladder %.4g hours, %.4g USD",
        fleet.count(),
        fleet.name(),
        100 * fleet.device().utilisation(),
        fleet.device().tflops(),
        fleet.device().usdPerHour(),
        fleet.hours(spent.target()),
        fleet.money(spent.target()),
        fleet.hours(spent.ladder()),
        fleet.money(spent.ladder()));
    if (spent.saves()) {
      cost.put("saved_hours", fleet.hours(spent.saved()));
      cost.put("saved_money", fleet.money(spent.saved()));
      say(
          "trunks save %.4g hours, %.4g USD",
          fleet.hours(spent.saved()), fleet.money(spent.saved()));
    }
  }

  private void say(String format, Object... values) {
    output.human().printf(Locale.ROOT, format + "%n", values);
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
    size.put("parameters", config.numParams());
    size.put("tokens", config.tokens());
    size.put("dim", config.model().dim());
    size.put("layers", config.model().numLayers());
    size.put("steps", config.steps());
    return size;
  }
}

package dev.auspex.cli;

import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.train.TrainConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex scale plan`: what a ladder would hold and cost.
@Command(
    name = "plan",
    description = "Show the target, the ladder that foretells it, and what the runs cost.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  auspex scale plan --target quickstart target_dim=256 --ratio 30"})
final class ScalePlanCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(names = "--target", required = true, description = "A plan: preset or YAML file.")
  private String target = "";

  @Option(names = "--ratio", description = "No run above 1/RATIO of the target (default: 1000).")
  private double ratio = 1000;

  @Parameters(paramLabel = "key=value", description = "Settings that override the plan.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public Integer call() {
    LadderConfig plan = ScaleRun.plan(target, overrides);
    List<Rung> rungs = plan.rungs(ratio);
    Map<String, Object> goal = size(plan.target());
    List<Map<String, Object>> ladder = new ArrayList<>();
    double flops = 0;
    for (Rung rung : rungs) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", rung.name());
      row.putAll(size(rung.config()));
      ladder.add(row);
      flops += rung.config().flops();
    }
    output.human().printf("target            %s%n", goal);
    ladder.forEach(row -> output.human().printf("%-17s %s%n", row.get("name"), row));
    output
        .human()
        .printf(
            Locale.ROOT,
            "%d runs, %.3g FLOPs: %.1f%% of the target%n",
            rungs.size(),
            flops,
            100 * flops / plan.target().flops());
    if (rungs.size() < 3) {
      output.human().println("too few runs below the ratio to fit a law: add smaller dims");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("target", goal);
    document.put("ladder", ladder);
    document.put("cost", Map.of("flops", flops, "share", flops / plan.target().flops()));
    output.print(document);
    return 0;
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

package dev.auspex.cli;

import dev.auspex.config.ConfigException;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.LadderConfig;
import dev.auspex.scaling.Observation;
import dev.auspex.scaling.Sealed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex scale run`: trains a ladder and seals the forecast of its target.
@Command(
    name = "run",
    description = "Train the ladder of a plan, resumably, and seal the forecast of its target.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  auspex scale run --target quickstart --ratio 10 --data texts/ --dir runs/big",
      "  auspex train --resume runs/big",
      "  auspex scale score --run runs/big",
      "",
      "Several lengths of each width, finished from one trunk at a constant rate:",
      "  auspex scale run --target quickstart --ratio 10 --data texts/ --dir runs/lengths \\",
      "    'horizons.multiples=[0.5,1,2]' horizons.trunk=1 assume=general"
    })
final class ScaleRunCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Mixin private WatchOptions watch = new WatchOptions();

  @Option(names = "--target", required = true, description = "A plan: preset or YAML file.")
  private String target = "";

  @Option(names = "--ratio", description = "No run above 1/RATIO of the target (default: 1000).")
  private double ratio = 1000;

  @Option(names = "--data", description = "Text or a dataset folder (default: the plan's).")
  private String data = "";

  @Option(names = "--dir", description = "Run folder of the target (default: runs/target).")
  private Path dir = RunFolder.DEFAULT_PARENT.resolve("target");

  @Parameters(paramLabel = "key=value", description = "Settings that override the plan.")
  private List<String> overrides = new ArrayList<>();

  private final Interruption interruption;

  ScaleRunCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() {
    LadderConfig plan = ScaleRun.plan(target, overrides);
    if (!data.isEmpty()) {
      plan = plan.withData(data);
    }
    if (plan.base().data().isEmpty()) {
      throw new ConfigException("base.data () must name text or a dataset; give --data PATH");
    }
    plan.requireRungs(ratio);
    ScaleRun run = new ScaleRun(dir, plan, interruption, TerminalProgress.create());
    Path dataset = run.dataset();
    Optional<List<Observation>> ladder;
    try (WatchOptions.Watching _ = watch.open(dir, output.human())) {
      ladder = run.ladder(dataset, ratio);
    }
    if (ladder.isEmpty()) {
      return ExitCodes.INTERRUPTED;
    }
    HeldoutGap gap = HeldoutGap.of(dir, ladder.get());
    output.human().printf("held-out above training loss: %s%n", gap);
    if (gap.widens()) {
      output
          .human()
          .println(
              "it grows with compute, so a forecast may be too low: training repeats itself, or"
                  + " held-out text is of another kind; see 'auspex data build --overlap'");
    }
    Sealed sealed = run.seal(ladder.get(), dataset);
    output.human().println("sealed " + sealed.line());
    sealed.warnings().forEach(line -> output.human().println("note: " + line));
    output.human().printf("train it with: auspex train --resume %s%n", dir);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("seal", sealed.seal());
    document.put("time", sealed.time().toString());
    document.put("predicted", sealed.interval().predicted());
    document.put("low", sealed.interval().low());
    document.put("high", sealed.interval().high());
    document.put("heldout_gap", gap.byFlops());
    document.put("ladder", ladder.get());
    output.print(document);
    return 0;
  }
}

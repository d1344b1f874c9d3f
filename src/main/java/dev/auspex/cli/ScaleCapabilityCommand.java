package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.CapabilityConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `auspex scale capability`: seals the forecast of pass rates bucket by bucket before the target
/// trains, and scores it afterwards.
@Command(
    name = "capability",
    description = {
      "Forecast mean log pass rate by difficulty, from a ladder that scale run has trained.",
      "Before the target trains: examines the ladder and seals a forecast for each bucket; one that"
          + " cannot be forecast is told with the reason.",
      "After it: examines the target and scores them all; exit code 3 when too few are hits, or when"
          + " no bucket can be forecast."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  auspex data tasks --out tasks",
      "  auspex scale run --target capability --ratio 100 --data tasks/train --dir runs/capable",
      "  auspex scale capability --run runs/capable",
      "  auspex train --resume runs/capable",
      "  auspex scale capability --run runs/capable"
    })
final class ScaleCapabilityCommand implements Callable<Integer> {
  @Mixin private JsonOption output = new JsonOption();

  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "The target's run folder, which holds its ladder.")
  private Path dir = Path.of("");

  @Option(names = "--rule", description = "YAML file laid over the preset capability-exam.")
  private @Nullable Path rule;

  @Parameters(paramLabel = "key=value", description = "Settings that override the rule.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public Integer call() {
    RunFolder run = RunFolder.open(dir);
    if (!Files.isRegularFile(run.ladder())) {
      throw new ConfigException(
          "--run (%s) must hold a finished ladder; make it with scale run --dir %s"
              .formatted(dir, dir));
    }
    Config layers = Config.empty().preset("capability-exam");
    CapabilityConfig wanted =
        (rule == null ? layers : layers.file(rule))
            .overrides(overrides)
            .load(CapabilityConfig.class);
    Capability capability = new Capability(run, wanted, TerminalProgress.create());
    capability.seal();
    Map<String, Object> document = new CapabilityReport(capability, output.human()).document();
    boolean sealed = capability.anySealed();
    if (!sealed) {
      output.human().println("no bucket can be forecast, so nothing is sealed");
    } else if (!capability.finished()) {
      output.human().printf("sealed; train it with: auspex train --resume %s%n", dir);
    }
    output.print(document);
    return sealed && !Boolean.FALSE.equals(document.get("held")) ? 0 : ExitCodes.NOT_HELD;
  }
}

package dev.auspex.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `auspex eval`: examinations of a model.
@Command(
    name = "eval",
    description = "Examine a model: scores with intervals on questions with known answers.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: auspex eval pictures --model runs/pictures --data pictures"})
final class EvalCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }
}

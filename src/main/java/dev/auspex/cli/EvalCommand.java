package dev.auspex.cli;

import dev.auspex.eval.JavaSandbox;
import dev.auspex.eval.Task;
import dev.auspex.eval.Tasks;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `auspex eval`: the group of commands that examine a model.
@Command(
    name = "eval",
    description = "Examine a model on tasks with exact checkers.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  auspex eval run --model runs/capable --task arithmetic",
      "  auspex eval pictures --model runs/pictures --data pictures"
    })
final class EvalCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  private EvalCommand() {}

  /// The command with its subcommands.
  static CommandLine commandLine() {
    return new CommandLine(new EvalCommand())
        .addSubcommand(new Listing())
        .addSubcommand(new EvalRunCommand())
        .addSubcommand(new EvalPicturesCommand())
        .addSubcommand(new EvalNamingCommand());
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "eval needs one of: list, run, pictures, naming");
  }

  /// `auspex eval list`.
  @Command(
      name = "list",
      description = "List the tasks.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example: auspex eval list"})
  static final class Listing implements Callable<Integer> {
    @Mixin private JsonOption output = new JsonOption();

    @Override
    public Integer call() {
      List<String> names = new Tasks(JavaSandbox.usual()).all().stream().map(Task::name).toList();
      names.forEach(output.human()::println);
      output.print(Map.of("tasks", names));
      return 0;
    }
  }
}

package dev.auspex.cli;

import dev.auspex.config.Nearest;
import dev.auspex.io.UserException;
import dev.auspex.run.Interruption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The entry point `auspex`: lists the commands, turns failures into exit codes, and stops cleanly
/// on Ctrl-C. The work itself is in the commands.
@Command(
    name = "auspex",
    description = "Build a GPT-style model and know beforehand how good it will be.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: auspex quickstart", "Help on one command: auspex COMMAND --help"})
public final class Main implements Runnable {
  /// The version of this source tree; a test compares it with the build file.
  static final String VERSION = "0.1.0-SNAPSHOT";

  private static final Duration GRACE = Duration.ofSeconds(10);

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show the stack trace behind a one-line error.")
  private boolean verbose;

  private Main() {}

  /// Runs one command and exits with its code.
  public static void main(String[] args) {
    main(args, Main::commands);
  }

  /// The same with other commands.
  static void main(String[] args, Function<Interruption, List<Object>> commands) {
    Interruption interruption = new Interruption();
    Thread hook = new Thread(() -> stop(interruption), "auspex-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    int code = execute(() -> commandLine(commands.apply(interruption)), args);
    if (interruption.requested()) {
      return; // the hook decides when the process ends
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return; // a signal came in this very moment
    }
    System.exit(code);
  }

  private static int execute(Supplier<CommandLine> line, String[] args) {
    try {
      return line.get().execute(args);
    } catch (RuntimeException | Error e) { // else the hook would take dying for interruption
      e.printStackTrace();
      return ExitCodes.BUG;
    }
  }

  /// The commands, in the order `--help` shows them.
  private static List<Object> commands(Interruption interruption) {
    return List.of(
        new QuickstartCommand(interruption),
        DataCommand.commandLine(TextData::encoder, TerminalProgress.create()),
        new TokenizerCommand(),
        scale(interruption),
        new TrainCommand(interruption),
        new WatchCommand(interruption),
        new GenerateCommand(),
        EvalCommand.commandLine(),
        new ModelCommand(),
        new ReportCommand(),
        bench(interruption),
        new DoctorCommand());
  }

  private static CommandLine scale(Interruption interruption) {
    return new CommandLine(new ScaleCommand())
        .addSubcommand(new ScalePlanCommand())
        .addSubcommand(new ScaleRunCommand(interruption))
        .addSubcommand(new ScaleCheckCommand(interruption))
        .addSubcommand(new ScaleFitCommand())
        .addSubcommand(new ScaleSealCommand())
        .addSubcommand(new ScaleScoreCommand())
        .addSubcommand(new ScaleVerifyCommand())
        .addSubcommand(new ScaleLedgerCommand())
        .addSubcommand(new ScaleCapabilityCommand());
  }

  private static CommandLine bench(Interruption interruption) {
    return new CommandLine(new BenchCommand())
        .addSubcommand(new BenchTokenizer())
        .addSubcommand(new BenchTrainCommand())
        .addSubcommand(new BenchChaosCommand(interruption));
  }

  /// The command line as `main` runs it.
  static CommandLine commandLine(Interruption interruption) {
    return commandLine(commands(interruption));
  }

  /// A command line of these commands, with the exit codes and the one-line errors.
  static CommandLine commandLine(List<Object> commands) {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    commands.forEach(line::addSubcommand);
    line.setExecutionExceptionHandler((e, command, _) -> main.failed(e, command));
    line.setParameterExceptionHandler((e, _) -> badParameter(e));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    return line;
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }

  private int failed(Exception e, CommandLine command) {
    if (e instanceof UserException) {
      if (verbose) {
        e.printStackTrace(command.getErr());
      }
      command.getErr().println("auspex: " + e.getMessage());
      return ExitCodes.USER_MISTAKE;
    }
    e.printStackTrace(command.getErr());
    return ExitCodes.BUG;
  }

  private static int badParameter(ParameterException e) {
    CommandLine command = e.getCommandLine();
    String problem = e.getMessage().lines().findFirst().orElse("bad arguments");
    String hint = "see '" + command.getCommandSpec().qualifiedName() + " --help'";
    if (e instanceof UnmatchedArgumentException unmatched) {
      hint = didYouMean(unmatched.getUnmatched().getFirst(), command) + hint;
    }
    command.getErr().println("auspex: " + problem + "; " + hint);
    return ExitCodes.USER_MISTAKE;
  }

  private static String didYouMean(String word, CommandLine command) {
    List<String> known = new ArrayList<>(command.getSubcommands().keySet());
    known.addAll(command.getCommandSpec().optionsMap().keySet());
    String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
    return Nearest.to(name, known).map(near -> "did you mean '" + near + "'? ").orElse("");
  }

  /// The shutdown hook: lets loops save, then ends the process with 130 whatever the signal was.
  private static void stop(Interruption interruption) {
    interruption.request();
    if (!interruption.awaitRelease(GRACE)) {
      System.err.println(
          "auspex: stopped without a new checkpoint; the run resumes from its last one");
    }
    endChildren();
    TemporaryFolder.closeAll();
    Runtime.getRuntime().halt(ExitCodes.INTERRUPTED);
  }

  /// Runs and peers that a command started go with it.
  private static void endChildren() {
    List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
    children.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle child : children) {
      child.onExit().completeOnTimeout(child, GRACE.toSeconds(), TimeUnit.SECONDS).join();
    }
  }

  /// Tells `--version`.
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"auspex " + VERSION, "Java " + Runtime.version()};
    }
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.config.ConfigException;
import dev.auspex.run.Interruption;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

class MainTest {
  private final StringBuilder err = new StringBuilder();

  /// A command that fails, prints or works, as told.
  @Command(name = "probe", description = "A command of this test.")
  static final class Probe implements Callable<Integer> {
    @Mixin private JsonOption json;

    @Option(names = "--fail", description = "user or bug")
    private String fail = "";

    @Option(names = "--steps", description = "how many")
    private int steps;

    private final Interruption interruption;

    Probe(Interruption interruption) {
      this.interruption = interruption;
    }

    @Override
    public Integer call() throws InterruptedException {
      switch (fail) {
        case "user" -> throw new ConfigException("dim (3) must be even; nearest: 4");
        case "bug" -> throw new IllegalStateException("ours");
        case "error" -> throw new StackOverflowError("ours too");
        case "never-stops" -> Thread.sleep(Long.MAX_VALUE);
        case "stops" -> workUntilInterrupted();
        default -> json.print(java.util.Map.of("text", "gr\u00fcn"));
      }
      return 3;
    }

    private void workUntilInterrupted() throws InterruptedException {
      try (Interruption.Hold _ = interruption.hold()) {
        System.out.println("working");
        while (!interruption.requested()) {
          Thread.sleep(1);
        }
        System.out.println("saved");
      }
    }
  }

  /// The real main with the probe among the commands, for a JVM of its own.
  static final class WithProbe {
    private WithProbe() {}

    public static void main(String[] args) {
      Main.main(args, interruption -> List.of(new Probe(interruption)));
    }
  }

  private int run(String... args) {
    CliRun run =
        CliRun.with(
            () -> Main.commandLine(List.of(new Probe(new Interruption()))), (Object[]) args);
    err.append(run.err());
    return run.code();
  }

  private static Process start(String... args) throws IOException {
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(WithProbe.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aUserMistakeIsOneLineAndExitCode2() {
    assertEquals(2, run("probe", "--fail", "user"));
    assertEquals("auspex: dim (3) must be even; nearest: 4", err.toString().strip());
  }

  @Test
  void aUserMistakeShowsItsTraceWhenVerbose() {
    assertEquals(2, run("probe", "--verbose", "--fail", "user"));
    assertTrue(err.toString().contains("at dev.auspex.cli.MainTest$Probe.call"), err.toString());
  }

  @Test
  void aBugIsAStackTraceAndExitCode1() {
    assertEquals(1, run("probe", "--fail", "bug"));
    assertTrue(err.toString().startsWith("java.lang.IllegalStateException: ours"), err.toString());
  }

  @Test
  void badArgumentsAreOneLineWithTheNearestWord() {
    assertEquals(2, run("prob"));
    assertEquals(2, run("--verson"));
    assertEquals(2, run("probe", "--stps=3"));
    assertEquals(2, run("probe", "--steps=many"));
    assertEquals(2, run("probe", "--steps"));
    assertEquals(
        List.of(
            "auspex: Unmatched argument at index 0: 'prob'; did you mean 'probe'? see 'auspex"
                + " --help'",
            "auspex: Unknown option: '--verson'; did you mean '--version'? see 'auspex --help'",
            "auspex: Unknown option: '--stps=3'; did you mean '--steps'? see 'auspex probe --help'",
            "auspex: Invalid value for option '--steps': 'many' is not an int; see 'auspex probe"
                + " --help'",
            "auspex: Missing required parameter for option '--steps' (<steps>); see 'auspex probe"
                + " --help'"),
        err.toString().lines().toList());
  }

  @Test
  void theCommandsCodeIsTheExitCode() {
    assertEquals(3, run("probe"));
  }

  @Test
  void everyCommandHasADescriptionAndAnExample() {
    CommandLine line = Main.commandLine(new Interruption());
    line.getSubcommands()
        .forEach(
            (name, command) -> {
              String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
              assertTrue(command.getCommandSpec().usageMessage().description().length > 0, name);
              assertTrue(help.contains("auspex " + name), help);
            });
  }

  @Test
  void theVersionIsTheBuildFiles() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    String artifact = "<artifactId>auspex</artifactId>";
    String expected = artifact + "\n  <version>" + Main.VERSION + "</version>";
    assertTrue(pom.contains(expected), Main.VERSION);
  }

  @Test
  @Timeout(60)
  void jsonIsUtf8OnStandardOutputAndTheProcessExitsWithTheCode() throws Exception {
    Process process = start("probe", "--json");
    assertEquals("{\"text\":\"gr\u00fcn\"}\n", output(process));
    assertEquals(3, process.waitFor());
  }

  @Test
  @Timeout(60)
  void anErrorOfTheJvmIsExitCode1() throws Exception {
    Process process = start("probe", "--fail", "error");
    assertTrue(output(process).contains("StackOverflowError: ours too"));
    assertEquals(1, process.waitFor());
  }

  @Test
  @Timeout(60)
  void aTerminatedLoopSavesAndTheProcessExitsWith130() throws Exception {
    Assumptions.assumeFalse(System.getProperty("os.name").startsWith("Windows"), "needs SIGTERM");
    Process process = start("probe", "--fail", "stops");
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    assertEquals("working", reader.readLine());
    process.toHandle().destroy(); // Process.destroy would also close the stream
    assertEquals("saved", reader.readLine());
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertEquals(130, process.exitValue());
  }

  @Test
  void withoutTheOptionNoJsonIsPrinted() {
    assertFalse(new JsonOption().json);
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      new JsonOption().print(List.of(1));
    } finally {
      System.setOut(before);
    }
    assertEquals(0, out.size());
  }

  @Test
  void progressPrintsALineEveryFiveSecondsWhereThereIsNoTerminal() {
    AtomicLong seconds = new AtomicLong();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TerminalProgress progress =
        new TerminalProgress(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            0,
            () -> seconds.get() * 1_000_000_000);
    progress.start("train", 2000, "steps");
    for (int step = 1000; step <= 1012; step++) {
      progress.update(step, "loss 3.2");
      seconds.incrementAndGet();
    }
    progress.warn("careful");
    progress.finish();
    assertEquals(
        List.of(
            "train: 1,002/2,000 steps (50%), 1.0/s, 16:38 left; loss 3.2",
            "train: 1,007/2,000 steps (50%), 1.0/s, 16:33 left; loss 3.2",
            "train: 1,012/2,000 steps (50%), 1.0/s, 16:28 left; loss 3.2",
            "careful",
            "train: done, 1,012 steps in 0:13"),
        out.toString(StandardCharsets.UTF_8).lines().toList());
  }

  @Test
  void shortWorkShowsNoProgressAtAll() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TerminalProgress progress =
        new TerminalProgress(new PrintStream(out, true, StandardCharsets.UTF_8), 0, () -> 7L);
    progress.start("read", 0, "files");
    progress.update(3, "");
    progress.finish();
    assertEquals(0, out.size());
  }

  @Test
  void progressDrawsABarOnATerminal() {
    AtomicLong seconds = new AtomicLong();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TerminalProgress progress =
        new TerminalProgress(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            100,
            () -> seconds.get() * 1_000_000_000);
    progress.start("train", 10, "steps");
    for (int step = 0; step <= 10; step++) {
      progress.update(step, "loss 3.2");
      seconds.incrementAndGet();
    }
    progress.finish();
    String drawn = out.toString(StandardCharsets.UTF_8);
    assertTrue(drawn.contains("train 100%"), drawn);
    assertTrue(drawn.contains("10/10 steps"), drawn);
    assertTrue(drawn.contains("loss 3.2"), drawn);
  }
}

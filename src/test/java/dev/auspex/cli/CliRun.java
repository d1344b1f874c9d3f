package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// One call of the command line in this process, as `main` makes it, and what it printed.
///
/// @param code exit code
/// @param out all of standard output
/// @param err all of standard error
record CliRun(int code, String out, String err) {
  /// Runs the command `arguments` name.
  static CliRun of(String... arguments) {
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(errors);
    try {
      CommandLine line = Main.commandLine(new Interruption());
      line.setErr(new PrintWriter(errors, true, StandardCharsets.UTF_8));
      int code = line.execute(arguments);
      return new CliRun(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  /// Runs the command `arguments` name.
  static CliRun of(List<String> arguments) {
    return of(arguments.toArray(String[]::new));
  }

  /// This call, which must have ended with `expected`.
  CliRun ending(int expected) {
    assertEquals(expected, code, () -> out + err);
    return this;
  }

  /// Its JSON document.
  JsonNode json() {
    return Json.MAPPER.readTree(out);
  }

  /// The one line, beginning with `auspex: `, that told a user's mistake.
  String mistake() {
    ending(2);
    List<String> lines = err.lines().filter(line -> line.startsWith("auspex: ")).toList();
    assertEquals(1, lines.size(), err);
    assertEquals(lines.getFirst(), err.lines().toList().getLast(), "nothing may follow");
    return lines.getFirst();
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// One call of the command line in this process, as `main` makes it, and what it printed.
///
/// @param code exit code
/// @param bytes all of standard output
/// @param err all of standard error
record CliRun(int code, byte[] bytes, String err) {
  /// Runs the command that `words` name.
  static CliRun of(Object... words) {
    return with(() -> Main.commandLine(new Interruption()), words);
  }

  /// Runs the command that `words` name, with `input` on standard input.
  static CliRun reading(byte[] input, Object... words) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      return of(words);
    } finally {
      System.setIn(before);
    }
  }

  /// Runs a command line of one's own, made when the streams are caught.
  static CliRun with(Supplier<CommandLine> commands, Object... words) {
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(errors);
    try {
      CommandLine line = commands.get();
      line.setErr(new PrintWriter(errors, true, StandardCharsets.UTF_8));
      int code = line.execute(Arrays.stream(words).map(Object::toString).toArray(String[]::new));
      return new CliRun(code, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  /// All of standard output.
  String out() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// This call, which must have ended with `expected`.
  CliRun ending(int expected) {
    assertEquals(expected, code, () -> out() + err);
    return this;
  }

  /// Its JSON document.
  JsonNode json() {
    return Json.MAPPER.readTree(bytes);
  }

  /// The one line, the last and beginning with `auspex: `, that told a user's mistake.
  String mistake() {
    ending(2);
    List<String> lines = err.lines().filter(line -> line.startsWith("auspex: ")).toList();
    assertEquals(1, lines.size(), err);
    assertEquals(lines.getFirst(), err.lines().toList().getLast(), "nothing may follow");
    return lines.getFirst();
  }
}

package dev.auspex.cli;

import dev.auspex.io.Json;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/// The `--json` option of every command, as a picocli mixin.
///
/// It does not choose the keys; each command passes a record or map with those of the contract.
public final class JsonOption {
  /// Whether the caller wants JSON on standard output.
  @Option(
      names = "--json",
      description = "Print one JSON document on standard output; text goes to standard error.")
  public boolean json;

  /// Prints `document` as one JSON document on standard output, in UTF-8 whatever the terminal
  /// speaks; without `--json` it prints nothing.
  public void print(Object document) {
    if (json) {
      byte[] line = (Json.line(document) + "\n").getBytes(StandardCharsets.UTF_8);
      System.out.write(line, 0, line.length);
      System.out.flush();
    }
  }

  /// Where text for people goes: standard error with `--json`, else standard output.
  public PrintStream human() {
    return json ? System.err : System.out;
  }
}

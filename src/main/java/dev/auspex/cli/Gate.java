package dev.auspex.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Bars that scores must reach; a command whose gate does not hold ends with exit code 3.
final class Gate {
  private final List<String> failures = new ArrayList<>();

  /// Notes a failure where `score` is below `bar`.
  void require(String what, double score, double bar) {
    if (!(score >= bar)) {
      failures.add(String.format(Locale.ROOT, "%s (%.3f) is below %s", what, score, bar));
    }
  }

  /// Tells every failure, one a line.
  void tell(PrintStream human) {
    failures.forEach(failure -> human.println("not held: " + failure));
  }

  /// For `--json`.
  Map<String, Object> json() {
    Map<String, Object> gate = new LinkedHashMap<>();
    gate.put("held", failures.isEmpty());
    gate.put("failures", failures);
    return gate;
  }

  /// What the command ends with.
  int exitCode() {
    return failures.isEmpty() ? 0 : ExitCodes.NOT_HELD;
  }
}

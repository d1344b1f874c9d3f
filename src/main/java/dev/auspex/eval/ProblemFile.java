package dev.auspex.eval;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;

/// Problems as JSON lines: `task`, `level`, `question`, `answer`, `check`.
public final class ProblemFile {
  private ProblemFile() {}

  /// Writes them, atomically.
  public static void write(Path file, List<Problem> problems) {
    StringBuilder lines = new StringBuilder();
    problems.forEach(problem -> lines.append(Json.line(problem)).append('\n'));
    AtomicFiles.writeString(file, lines.toString());
  }

  /// Reads them; a faulty line is an error that names it.
  public static List<Problem> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      try {
        problems.add(Json.MAPPER.readValue(lines.get(i), Problem.class));
      } catch (JacksonException e) {
        throw new EvalException(
            "line %d of %s must be a problem (%s); keys: task, level, question, answer, check"
                .formatted(i + 1, file, Json.reason(e)));
      }
    }
    if (problems.isEmpty()) {
      throw new EvalException("%s must hold problems; it is empty".formatted(file));
    }
    return problems;
  }
}

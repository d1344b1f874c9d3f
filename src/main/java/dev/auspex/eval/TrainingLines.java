package dev.auspex.eval;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The questions that training text shows: each line of each document up to its last `=` or `=>`.
public final class TrainingLines {
  private final Set<String> questions = new HashSet<>();

  private TrainingLines() {}

  /// Reads JSON lines with a key `text`.
  public static TrainingLines read(Path file) {
    TrainingLines lines = new TrainingLines();
    try (Stream<String> documents = Files.lines(file, StandardCharsets.UTF_8)) {
      documents.forEach(document -> lines.add(document, file));
    } catch (IOException e) {
      throw new FileException(file, e);
    }
    return lines;
  }

  private void add(String document, Path file) {
    JsonNode text;
    try {
      text = Json.MAPPER.readTree(document).path("text");
    } catch (JacksonException e) {
      throw new EvalException("%s must hold JSON lines (%s)".formatted(file, Json.reason(e)));
    }
    if (!text.isString()) {
      throw new EvalException("%s must hold JSON lines with a key text".formatted(file));
    }
    text.asString()
        .lines()
        .forEach(
            line -> {
              for (int at = line.indexOf('='); at >= 0; at = line.indexOf('=', at + 1)) {
                boolean arrow = at + 1 < line.length() && line.charAt(at + 1) == '>';
                questions.add(line.substring(0, at + (arrow ? 2 : 1)));
              }
            });
  }

  /// Whether a problem is of the kind looked for: a question that ends in `=` or `=>`.
  public static boolean judges(Problem problem) {
    return problem.question().endsWith("=") || problem.question().endsWith("=>");
  }

  /// Whether training shows what a problem asks last.
  public boolean show(Problem problem) {
    String question = problem.question();
    return questions.contains(question.substring(question.lastIndexOf('\n') + 1));
  }
}

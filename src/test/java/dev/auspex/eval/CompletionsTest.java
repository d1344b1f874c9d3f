package dev.auspex.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.data.ReadOptions;
import dev.auspex.data.Source;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionsTest {
  private static final Source SOURCE =
      Source.of(List.of(Path.of("src/main/java")), List.of()).getFirst();

  @TempDir private Path folder;

  private static Completions.Written write(Path out, int examined) {
    return Completions.write(out, SOURCE, ReadOptions.STANDARD, examined, 4, Progress.NONE);
  }

  @Test
  void asksTheEndsOfLinesOfTextsThatAreNotTaught() throws IOException {
    Completions.Written written = write(folder, 60);
    List<String> taught = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("train/text.jsonl"))) {
      taught.add(Json.MAPPER.readTree(line).path("text").asString());
    }
    assertEquals(written.documents(), taught.size());
    assertTrue(written.heldoutDocuments() > 5 && written.heldoutDocuments() < taught.size() / 5);
    List<Problem> problems = ProblemFile.read(folder.resolve("heldout/completion.jsonl"));
    assertEquals(60, problems.size());
    assertEquals(60, new HashSet<>(problems).size());
    for (int i = 0; i < problems.size(); i++) {
      Problem problem = problems.get(i);
      assertEquals(1 + i % Task.LEVELS, problem.level());
      assertEquals(problem.level(), (problem.answer().length() + 1) / 2, problem.answer());
      assertEquals(48, problem.question().length());
    }
    // Of most questions some are in no text taught: held out by document, not by line.
    String whole = String.join("\n", taught);
    long shown = problems.stream().filter(it -> whole.contains(it.question())).count();
    assertTrue(shown < 15, "licence headers and the like recur, most text must not: " + shown);
  }

  @Test
  void theSameSeedAsksTheSame() throws IOException {
    write(folder.resolve("a"), 12);
    write(folder.resolve("b"), 12);
    for (String file : List.of("train/text.jsonl", "heldout/completion.jsonl")) {
      assertEquals(
          -1, Files.mismatch(folder.resolve("a").resolve(file), folder.resolve("b").resolve(file)));
    }
    assertFalse(Files.exists(folder.resolve("a/heldout/arithmetic.jsonl")));
  }

  @Test
  void tooLittleTextIsTold() {
    String message = assertThrows(EvalException.class, () -> write(folder, 1_000_000)).getMessage();
    assertTrue(message.startsWith("source (src/main/java: "), message);
    assertTrue(message.contains("must give 1000000 lines to complete"), message);
  }
}

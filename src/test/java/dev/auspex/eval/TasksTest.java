package dev.auspex.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TasksTest {
  private static final Tasks TASKS = new Tasks(JavaSandbox.usual());

  @TempDir Path folder;

  @Test
  void heldoutProblemsNeverOccurInTrainingTextAndTheTextIsTheSameForASeed() throws IOException {
    TaskText.Written written = TaskText.write(folder, TASKS.all(), 4000, 24, 3, Progress.NONE);
    assertEquals(4000, written.problems());
    Path text = folder.resolve("train/tasks.jsonl");
    TrainingLines shown = TrainingLines.read(text);
    Set<String> asked = new HashSet<>();
    for (Task task : TASKS.all()) {
      List<Problem> problems =
          ProblemFile.read(folder.resolve("heldout/" + task.name() + ".jsonl"));
      for (Problem problem : problems) {
        assertTrue(problem.heldout(), problem.question());
        assertFalse(shown.show(problem), problem.question());
        assertTrue(asked.add(problem.question()), "asked twice: " + problem.question());
      }
    }
    String document =
        Json.MAPPER.readTree(Files.readAllLines(text).getFirst()).path("text").asString();
    String line = document.lines().findFirst().orElseThrow();
    String question = line.substring(0, line.lastIndexOf(line.contains("=>") ? "=>" : "=") + 1);
    Problem seen =
        new Problem(
            "any", 1, question + (line.contains("=>") ? ">" : ""), "1", Problem.Check.EXACT);
    assertTrue(shown.show(seen), "the look-up must find what is there: " + seen.question());

    Path again = folder.resolve("again");
    TaskText.write(again, TASKS.all(), 4000, 24, 3, Progress.NONE);
    assertEquals(-1, Files.mismatch(text, again.resolve("train/tasks.jsonl")));
  }

  @Test
  void aCarelessWriterWouldHaveShownThem() {
    // The same families without the rule do ask held-out questions: the test above can fail.
    SplittableRandom random = new SplittableRandom(1);
    long heldout =
        TASKS.named("arithmetic").draw(3, 1000, random).stream().filter(Problem::heldout).count();
    assertTrue(heldout > 30 && heldout < 110, "one in sixteen, not " + heldout);
  }

  @Test
  void answersAreRight() {
    SplittableRandom random = new SplittableRandom(5);
    for (int level = 1; level <= Task.LEVELS; level++) {
      for (Problem problem : TASKS.named("lists").draw(level, 50, random)) {
        String[] parts = problem.question().replace("=", "").split(" ");
        String[] list = parts[1].split(",");
        assertEquals(level + 1, list.length);
        if (parts[0].equals("sum")) {
          int sum = 0;
          for (String digit : list) {
            sum += Integer.parseInt(digit);
          }
          assertEquals("" + sum, problem.answer());
        }
        if (parts[0].equals("sort")) {
          java.util.Arrays.sort(list);
          assertEquals(String.join(",", list), problem.answer());
        }
      }
    }
  }

  @Test
  void examsAskOnlyTheExceptionsToACheapRuleThatIsNearlyAlwaysRight() {
    SplittableRandom random = new SplittableRandom(6);
    Task task = TASKS.named("exceptions");
    for (int level = 1; level <= Task.LEVELS; level++) {
      long right = task.draw(level, 2000, random).stream().filter(TasksTest::cheaplyRight).count();
      assertEquals(36 / 37.0, right / 2000.0, 0.02);
      List<Problem> asked = task.drawExam(level, 200, random);
      assertTrue(asked.stream().noneMatch(TasksTest::cheaplyRight));
      long yes = asked.stream().filter(problem -> problem.answer().equals("y")).count();
      assertTrue(yes > 60 && yes < 140, "either answer about as often: " + yes);
    }
  }

  private static boolean cheaplyRight(Problem problem) {
    String number = problem.question().substring(3, problem.question().length() - 1);
    boolean larger = number.charAt(0) > number.charAt(number.length() - 1);
    assertEquals(Integer.parseInt(number) % 37 == 0, problem.answer().equals("y") != larger);
    return problem.answer().equals(larger ? "y" : "n");
  }

  @Test
  void everyLetterOfAnEndingHalvesWhatTheAnswerCanBe() {
    // Words that share their last two letters share the first letter of the answer, and so on.
    String first = Endings.answer("aaaabc");
    assertEquals(first.charAt(0), Endings.answer("bbbbbc").charAt(0));
    assertEquals(first, Endings.answer("paaabc"));
    SplittableRandom random = new SplittableRandom(7);
    Set<String> answers = new HashSet<>();
    for (Problem problem : TASKS.named("endings").draw(6, 2000, random)) {
      String word = problem.question().substring(4, problem.question().length() - 1);
      assertEquals(Endings.answer(word), problem.answer());
      answers.add(problem.answer());
    }
    assertEquals(64, answers.size());
  }

  @Test
  void whatIsTaughtOfWritingPassesItsOwnCheck() {
    Task writing = TASKS.named("java-writing");
    SplittableRandom random = new SplittableRandom(9);
    List<Problem> problems = writing.draw(2, 40, random);
    List<String> written =
        problems.stream()
            .map(it -> writing.solved(it, random).substring(it.question().length()))
            .toList();
    assertEquals(
        problems.stream().map(Problem::answer).toList(),
        JavaSandbox.usual().values(written).stream().map(it -> it.orElse("refused")).toList());
  }

  @Test
  void mistakesAreTold() throws IOException {
    String message = assertThrows(EvalException.class, () -> TASKS.named("poetry")).getMessage();
    assertTrue(message.startsWith("task (poetry) must be"), message);
    Path file = folder.resolve("bad.jsonl");
    Files.writeString(file, "{\"task\":\"a\",\"level\":1,\"question\":\"1=\"}\n");
    message = assertThrows(EvalException.class, () -> ProblemFile.read(file)).getMessage();
    assertTrue(message.contains("line 1 of"), message);
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.eval.Outcome;
import dev.auspex.eval.Problem;
import dev.auspex.eval.Sampling;
import dev.auspex.generate.Draws;
import dev.auspex.interchange.StoredModel;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The capability forecast from task text to score, through the command line, on models of seconds.
class CapabilityTest {
  @TempDir private Path folder;

  private static String run(int expectedCode, String... arguments) {
    return CliRun.of((Object[]) arguments).ending(expectedCode).out();
  }

  private static JsonNode json(int expectedCode, String... arguments) {
    return Json.MAPPER.readTree(run(expectedCode, arguments));
  }

  @Test
  void sealsBeforeTheTargetTrainsAndScoresAfterwards() throws IOException {
    String tasks = folder.resolve("tasks").toString();
    String dir = folder.resolve("runs/toy").toString();
    JsonNode text = json(0, "data", "tasks", "--out", tasks, "--count", "16000", "--json");
    assertEquals(2000, text.path("documents").asInt());

    run(2, "scale", "capability", "--run", dir); // no run yet
    json(
        0,
        "scale",
        "run",
        "--target",
        "capability",
        "--ratio",
        "1.5",
        "--data",
        tasks + "/train",
        "--dir",
        dir,
        "--json",
        "base.eval.final_windows=16",
        "dims=[8, 16, 32]",
        "target_dim=40",
        "tokens_per_parameter=8",
        "repeats=1");
    String[] capability = {
      "scale",
      "capability",
      "--run",
      dir,
      "--json",
      "problems=36",
      "max_draws=64",
      "hits=0",
      "buckets=2",
      "judges=1",
      "tasks=[strings, lists, java-writing]"
    };
    JsonNode sealed = json(0, capability);
    assertEquals(2, sealed.path("buckets").size());
    assertEquals(3, sealed.path("buckets").path(0).path("ladder").size());
    assertTrue(sealed.path("buckets").path(0).path("actual").isMissingNode());
    assertEquals(3, sealed.path("inverse").size());
    assertTrue(sealed.path("dropped").asInt() >= 3);

    run(0, "train", "--resume", dir, "--json");
    JsonNode scored = json(0, capability);
    assertEquals(4, scored.path("inverse").size());
    for (int bucket = 0; bucket < 2; bucket++) {
      JsonNode row = scored.path("buckets").path(bucket);
      JsonNode forecast = sealed.path("buckets").path(bucket);
      assertEquals(forecast.path("seal"), row.path("seal"));
      assertEquals(forecast.path("predicted"), row.path("predicted"));
      assertTrue(row.path("seal_valid").asBoolean(), row.toString());
      double error = row.path("predicted").asDouble() / row.path("actual").asDouble() - 1;
      assertEquals(error, row.path("relative_error").asDouble(), 1e-12);
      assertEquals(Math.abs(error) <= 0.1, row.path("hit").asBoolean());
    }
    run(0, "scale", "verify", "--register", folder.resolve("runs/register.jsonl").toString());

    otherOutcomesMoveNoPrediction(dir, capability, sealed);
    examinesByNameAndByFile(tasks, dir);
    exactRatesAgreeWithSampledOnes(Path.of(dir));
  }

  /// What the target came to is changed: the sealed side stays, only the errors move.
  private void otherOutcomesMoveNoPrediction(String dir, String[] capability, JsonNode sealed)
      throws IOException {
    Path exam = Path.of(dir, "capability/exams/target.jsonl");
    StringBuilder changed = new StringBuilder();
    for (String line : Files.readAllLines(exam)) {
      Outcome old = Json.MAPPER.readValue(line, Outcome.class);
      changed.append(Json.line(new Outcome(old.problem(), 3 * old.logRate() - 1, 0, 0, 0, false)));
      changed.append('\n');
    }
    Files.writeString(exam, changed.toString());
    JsonNode again = json(0, capability);
    for (int bucket = 0; bucket < 2; bucket++) {
      for (String key : List.of("problems", "seal", "predicted", "low", "high", "ladder")) {
        assertEquals(
            sealed.path("buckets").path(bucket).path(key),
            again.path("buckets").path(bucket).path(key));
      }
      assertTrue(again.path("buckets").path(bucket).path("actual").asDouble() > 1);
    }
    // A bucket changed after sealing is refused.
    Path buckets = Path.of(dir, "capability/buckets.json");
    String kept = Files.readString(buckets);
    Files.writeString(buckets, kept.replaceFirst("\\d+,", ""));
    assertNotEquals(kept, Files.readString(buckets));
    run(2, capability);
    Files.writeString(buckets, kept);
  }

  private void examinesByNameAndByFile(String tasks, String dir) {
    JsonNode named =
        json(
            0,
            "eval",
            "run",
            "--model",
            dir,
            "--task",
            "lists",
            tasks + "/heldout/strings.jsonl",
            "--limit",
            "12",
            "--against",
            tasks + "/train/tasks.jsonl",
            "--json");
    assertEquals(4, named.path("results").size());
    for (JsonNode result : named.path("results")) {
      assertEquals(12, result.path("n").asInt());
      assertEquals(12, result.path("clean").asInt());
      assertEquals(0, result.path("contaminated").asInt());
      assertTrue(result.path("low").asDouble() <= result.path("score").asDouble());
      assertTrue(result.path("score").asDouble() <= result.path("high").asDouble());
    }
    assertTrue(Files.isRegularFile(Path.of(named.path("log").asString())));
    JsonNode sampled =
        json(
            0,
            "eval",
            "run",
            "--model",
            dir,
            "--task",
            "java-writing",
            "--limit",
            "6",
            "--passes",
            "2",
            "--max-draws",
            "64",
            "--json");
    assertEquals(6, sampled.path("results").path(0).path("n").asInt());
    assertTrue(sampled.path("results").path(1).path("score").asDouble() > 0);
    JsonNode more =
        json(
            0,
            "data",
            "tasks",
            "--out",
            tasks + "-more",
            "--task",
            "exceptions",
            "--count",
            "800",
            "--heldout",
            "12",
            "--complete",
            "src/main",
            "--include",
            "java/dev/auspex/e*/**",
            "--json");
    assertEquals(12, more.path("completion").path("problems").asInt());
    String completion = tasks + "-more/heldout/completion.jsonl";
    JsonNode completed =
        json(
            0,
            "eval",
            "run",
            "--model",
            dir,
            "--task",
            completion,
            "exceptions",
            "--limit",
            "6",
            "--against",
            tasks + "/train/tasks.jsonl",
            "--json");
    assertEquals(6, completed.path("results").path(0).path("n").asInt());
    assertTrue(
        completed.path("results").path(0).path("clean").isNull(), "no such line to look for");
    assertEquals(6, completed.path("results").path(2).path("clean").asInt());
    assertTrue(completed.path("results").path(1).path("score").asDouble() > 1);
    run(2, "data", "tasks", "--out", tasks + "-none", "--task", "poetry");
    run(2, "eval", "run", "--model", dir, "--task", "poetry");
    run(2, "eval", "run", "--model", dir, "--task", "lists", "--limit", "0");
    assertTrue(run(0, "eval", "list").contains("exceptions"));
  }

  /// The slow twin: the exact rate of an answer against the share of texts drawn that are it.
  private static void exactRatesAgreeWithSampledOnes(Path dir) {
    int draws = 4000;
    for (String question : List.of("len ab=", "cnt bad,c=", "max 3,3=")) {
      Problem problem = new Problem("twin", 1, question, "2", Problem.Check.EXACT);
      double exact =
          Examination.of(dir, List.of(problem), new Sampling(2, 2, 1), Progress.NONE)
              .getFirst()
              .rate();
      try (StoredModel stored = StoredModel.open(dir);
          Gpt gpt = stored.load(DType.FP32)) {
        Draws source = new Draws(gpt, stored.tokenizer(), stored.rules().ends());
        List<Integer> prompt = stored.rules().promptIds(stored.tokenizer(), question);
        long passed =
            source.draw(prompt, draws, 24, "\n", 5).stream()
                .filter(Optional.of("2")::equals)
                .count();
        double error = Math.sqrt(exact * (1 - exact) / draws);
        assertEquals(exact, passed / (double) draws, 4 * error, question);
      }
    }
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.interchange.TinyModels;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `auspex eval run --task text:PATH` against the log-probabilities that `generate` gives.
class TextExamTest {
  @TempDir private Path folder;

  /// The model's own greedy text: its tokens' log-probabilities are known.
  @Test
  void perplexityIsThatOfTheTokensLogProbabilities() throws Exception {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    Path text = folder.resolve("t.txt");
    String word = "the cat";
    for (int step = 0; step < 20; step++) {
      JsonNode next =
          CliRun.of(
                  "generate",
                  "--model",
                  model,
                  "--prompt",
                  word,
                  "--max-tokens",
                  1,
                  "--temperature",
                  0,
                  "--logprobs",
                  "--json",
                  "--seed",
                  step)
              .ending(0)
              .json();
      String both = word + next.path("text").asString();
      Files.writeString(text, both);
      int before = ids(model, word);
      if (ids(model, both) != before + 1 || both.equals(word)) {
        word += " sat on"; // another text where tokens would merge
        continue;
      }
      double whole = nats(model, text);
      Files.writeString(text, word);
      double part = nats(model, text);
      assertEquals(-next.path("logprobs").get(0).asDouble(), whole - part, 1e-3);
      return;
    }
    throw new AssertionError("no text whose last token stands alone");
  }

  private static int ids(Path model, String text) throws Exception {
    return CliRun.reading(
            text.getBytes("UTF-8"), "tokenizer", "encode", "--tokenizer", model, "--json")
        .ending(0)
        .json()
        .path("ids")
        .size();
  }

  private static double nats(Path model, Path text) {
    JsonNode results =
        CliRun.of("eval", "run", "--model", model, "--task", "text:" + text, "--json")
            .ending(0)
            .json()
            .path("results");
    JsonNode perplexity = results.get(0);
    JsonNode bits = results.get(1);
    assertEquals("perplexity", perplexity.path("metric").asString());
    assertEquals("bits_per_byte", bits.path("metric").asString());
    double nats = Math.log(perplexity.path("score").asDouble()) * perplexity.path("tokens").asInt();
    assertEquals(
        nats / Math.log(2), bits.path("score").asDouble() * bits.path("bytes").asInt(), 1e-6);
    return nats;
  }

  @Test
  void aLongTextIsReadInWindowsEachTokenOnceAndALimitCutsIt() throws Exception {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    Path text = folder.resolve("docs");
    Files.createDirectories(text);
    Files.writeString(text.resolve("a.txt"), "the cat sat on the mat. ".repeat(200));
    Files.writeString(text.resolve("b.jsonl"), "{\"text\":\"12345 rats\"}\n{\"text\":\"ok\"}\n");
    JsonNode all =
        CliRun.of("eval", "run", "--model", model, "--task", "text:" + text, "--json")
            .ending(0)
            .json()
            .path("results")
            .get(0);
    assertEquals(200 * 24 + 12, all.path("bytes").asInt());
    int windows = all.path("n").asInt();
    assertTrue(windows > 3, all::toString);
    assertTrue(all.path("low").asDouble() <= all.path("score").asDouble());
    assertTrue(all.path("score").asDouble() <= all.path("high").asDouble());
    JsonNode some =
        CliRun.of("eval", "run", "--model", model, "--task", "text:" + text, "--limit", 2, "--json")
            .ending(0)
            .json()
            .path("results")
            .get(0);
    assertEquals(2, some.path("n").asInt());
    assertEquals(2 * TinyModels.context(), some.path("tokens").asInt());
  }

  @Test
  void mistakesAreOneLine() throws Exception {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    Path absent = folder.resolve("absent.txt");
    String line = CliRun.of("eval", "run", "--model", model, "--task", "text:" + absent).mistake();
    assertTrue(line.contains("must exist"), line);
    Path empty = Files.writeString(folder.resolve("empty.txt"), "");
    line = CliRun.of("eval", "run", "--model", model, "--task", "text:" + empty).mistake();
    assertTrue(line.contains("must hold text"), line);
  }
}

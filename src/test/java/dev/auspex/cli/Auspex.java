package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// Runs commands in this process, as tests of picture models need them.
final class Auspex {
  private Auspex() {}

  /// What a command printed and its exit code.
  record Outcome(int code, String out, String err) {
    JsonNode json() {
      assertEquals(0, code, err);
      return Json.MAPPER.readTree(out);
    }
  }

  /// Runs a command.
  static Outcome run(Object... words) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      CommandLine line = Main.commandLine(new Interruption());
      line.setErr(new PrintWriter(err, true));
      int code = line.execute(Arrays.stream(words).map(Object::toString).toArray(String[]::new));
      return new Outcome(code, out.toString(StandardCharsets.UTF_8), err.toString());
    } finally {
      System.setOut(before);
    }
  }

  /// Twelve greedy tokens after a picture and a prompt, with their log-probabilities.
  static JsonNode answer(Path model, Path image, String prompt) {
    return run(
            "generate",
            "--model",
            model,
            "--image",
            image,
            "--prompt",
            prompt,
            "--max-tokens",
            12,
            "--temperature",
            0,
            "--logprobs",
            "--json")
        .json();
  }

  static int[] ids(JsonNode list) {
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = list.get(i).asInt();
    }
    return ids;
  }
}

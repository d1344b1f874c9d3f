package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.interchange.TinyModels;
import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// `auspex model` from end to end, with a model trained by `auspex train` in seconds.
class ModelCommandTest {
  @TempDir private static Path shared;
  private static Path run = Path.of("");

  @TempDir private Path folder;

  /// What a command printed and its exit code.
  private record Outcome(int code, String out, String err) {
    JsonNode json() {
      assertEquals(0, code, err);
      return Json.MAPPER.readTree(out);
    }
  }

  private static Outcome auspex(Object... words) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      CommandLine line = Main.commandLine(new Interruption());
      line.setErr(new PrintWriter(err, true));
      int code =
          line.execute(java.util.Arrays.stream(words).map(Object::toString).toArray(String[]::new));
      return new Outcome(code, out.toString(StandardCharsets.UTF_8), err.toString());
    } finally {
      System.setOut(before);
    }
  }

  @BeforeAll
  static void trainATinyModel() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3000; i++) {
      text.append("Line ")
          .append(i)
          .append(": the cat number ")
          .append(i * 7 % 13)
          .append(" sat.\n");
    }
    Path file = Files.writeString(shared.resolve("text.txt"), text);
    run = shared.resolve("run");
    Outcome trained =
        auspex(
            "train",
            "--preset",
            "tiny",
            "--data",
            file,
            "--dir",
            run,
            "--json",
            "model.vocab_size=400",
            "model.dim=32",
            "model.num_layers=2",
            "model.num_heads=2",
            "model.num_kv_heads=1",
            "model.head_dim=16",
            "model.ffn_dim=64",
            "model.context_length=64",
            "model.mup.base_dim=16",
            "model.mup.base_layers=1",
            "text.heldout=0.05",
            "steps=30",
            "threads=1");
    assertEquals(0, trained.code(), trained.err());
  }

  private static JsonNode written(Path model) {
    return auspex(
            "generate",
            "--model",
            model,
            "--prompt",
            "Line 12: the",
            "--max-tokens",
            30,
            "--temperature",
            0,
            "--logprobs",
            "--json")
        .json();
  }

  @Test
  void aModelTrainedHereGoesOutAsGgufAndComesBackTheSame() {
    Path gguf = folder.resolve("model.gguf");
    JsonNode exported =
        auspex("model", "export", "gguf", "--model", run, "--out", gguf, "--json").json();
    assertEquals("llama", exported.path("family").asString());
    assertEquals("f32", exported.path("dtype").asString());
    assertEquals(List.of(gguf.toString()), strings(exported.path("files")));
    assertTrue(exported.path("warnings").get(0).asString().contains("auspex"), exported::toString);
    Path back = folder.resolve("back");
    JsonNode imported = auspex("model", "import", gguf, "--out", back, "--json").json();
    assertEquals(exported.path("parameters"), imported.path("parameters"));
    JsonNode expected = written(run);
    assertEquals(30, expected.path("logprobs").size());
    for (Path path : List.of(run.resolve("model"), gguf, back)) {
      assertEquals(expected.path("ids"), written(path).path("ids"), path::toString);
      assertEquals(expected.path("text"), written(path).path("text"));
      assertEquals(expected.path("logprobs"), written(path).path("logprobs"));
    }
  }

  @Test
  void aForeignGpt2RunsAsFolderImportedAndAsGguf() {
    Path source = TinyModels.gpt2(folder.resolve("gpt2"), "F16");
    Path imported = folder.resolve("imported");
    JsonNode info = auspex("model", "import", source, "--out", imported, "--json").json();
    assertEquals("gpt2", info.path("family").asString());
    assertEquals("f16", info.path("dtype").asString());
    Path gguf = folder.resolve("gpt2.gguf");
    assertEquals(0, auspex("model", "export", "gguf", "--model", imported, "--out", gguf).code());
    JsonNode expected = written(source);
    for (Path path : List.of(imported, gguf)) {
      assertEquals(expected.path("ids"), written(path).path("ids"));
      assertEquals(expected.path("logprobs"), written(path).path("logprobs"));
    }
  }

  private static List<String> strings(JsonNode list) {
    List<String> strings = new ArrayList<>();
    list.forEach(item -> strings.add(item.asString()));
    return strings;
  }

  @Test
  void everyTypeIsWrittenAndRead() {
    for (String type : List.of("f32", "bf16", "f16", "q8_0", "q4_0")) {
      Path gguf = folder.resolve(type + ".gguf");
      JsonNode exported =
          auspex("model", "export", "gguf", "--model", run, "--out", gguf, "--type", type, "--json")
              .json();
      String most = type.equals("q4_0") ? "q8_0" : type; // the two tables are most of this model
      assertEquals(most, exported.path("dtype").asString());
      JsonNode info = auspex("model", "info", gguf, "--json").json();
      assertEquals(exported.path("parameters"), info.path("parameters"));
      assertEquals(exported.path("files"), info.path("files"));
      assertEquals(30, written(gguf).path("ids").size());
    }
    for (String type : List.of("f32", "bf16", "f16")) {
      Path out = folder.resolve(type);
      JsonNode exported =
          auspex("model", "export", "hf", "--model", run, "--out", out, "--type", type, "--json")
              .json();
      assertEquals(type, exported.path("dtype").asString());
      assertEquals(6, exported.path("files").size());
      assertEquals(30, written(out).path("ids").size());
    }
  }

  private static void assertMistake(String part, Object... words) {
    Outcome outcome = auspex(words);
    assertEquals(2, outcome.code(), outcome.err());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().contains(part), outcome.err());
  }

  @Test
  void mistakesAreOneLineAndExitCode2() throws Exception {
    Path out = folder.resolve("x");
    assertMistake("does not exist", "model", "info", folder.resolve("absent"));
    assertMistake("must hold config.json", "model", "info", folder);
    assertMistake(
        "--type (q5)", "model", "export", "gguf", "--model", run, "--out", out, "--type", "q5");
    assertMistake(
        "for hf", "model", "export", "hf", "--model", run, "--out", out, "--type", "q8_0");
    assertMistake("must not exist yet", "model", "import", run, "--out", folder);
    assertMistake("onnx", "model", "export", "onnx", "--model", run, "--out", out);
    Path text = Files.writeString(folder.resolve("text.bin"), "no model at all, only words");
    assertMistake("llama2.c", "model", "import", text, "--out", out);
    assertFalse(Files.exists(out));
  }
}

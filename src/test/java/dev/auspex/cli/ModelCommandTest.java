package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.interchange.TinyModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `auspex model` from end to end, with a model trained by `auspex train` in seconds.
class ModelCommandTest {
  @TempDir private static Path shared;
  private static Path run = Path.of("");

  @TempDir private Path folder;

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
    CliRun.of(
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
            "lookback=1",
            "steps=30",
            "threads=1")
        .ending(0);
  }

  private static JsonNode written(Path model) {
    return CliRun.of(
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
        .ending(0)
        .json();
  }

  @Test
  void aModelTrainedHereGoesOutAsGgufAndComesBackTheSame() {
    Path gguf = folder.resolve("model.gguf");
    JsonNode exported =
        CliRun.of("model", "export", "gguf", "--model", run, "--out", gguf, "--json")
            .ending(0)
            .json();
    assertEquals("llama", exported.path("family").asString());
    assertEquals("f32", exported.path("dtype").asString());
    assertEquals(List.of(gguf.toString()), strings(exported.path("files")));
    assertTrue(exported.path("warnings").get(0).asString().contains("auspex"), exported::toString);
    Path back = folder.resolve("back");
    JsonNode imported =
        CliRun.of("model", "import", gguf, "--out", back, "--json").ending(0).json();
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
    JsonNode info =
        CliRun.of("model", "import", source, "--out", imported, "--json").ending(0).json();
    assertEquals("gpt2", info.path("family").asString());
    assertEquals("f16", info.path("dtype").asString());
    Path gguf = folder.resolve("gpt2.gguf");
    CliRun.of("model", "export", "gguf", "--model", imported, "--out", gguf).ending(0);
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
          CliRun.of(
                  "model", "export", "gguf", "--model", run, "--out", gguf, "--type", type,
                  "--json")
              .ending(0)
              .json();
      String most = type.equals("q4_0") ? "q8_0" : type; // the two tables are most of this model
      assertEquals(most, exported.path("dtype").asString());
      JsonNode info = CliRun.of("model", "info", gguf, "--json").ending(0).json();
      assertEquals(exported.path("parameters"), info.path("parameters"));
      assertEquals(exported.path("files"), info.path("files"));
      assertEquals(30, written(gguf).path("ids").size());
    }
    for (String type : List.of("f32", "bf16", "f16")) {
      Path out = folder.resolve(type);
      JsonNode exported =
          CliRun.of("model", "export", "hf", "--model", run, "--out", out, "--type", type, "--json")
              .ending(0)
              .json();
      assertEquals(type, exported.path("dtype").asString());
      assertEquals(6, exported.path("files").size());
      assertEquals(30, written(out).path("ids").size());
    }
  }

  private static void assertMistake(String part, Object... words) {
    String line = CliRun.of(words).mistake();
    assertTrue(line.contains(part), line);
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

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.config.Config;
import dev.auspex.io.Progress;
import dev.auspex.model.Parameter;
import dev.auspex.run.RunFolder;
import dev.auspex.tensor.Collective;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainListener;
import dev.auspex.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Pictures from end to end: drawn, trained on, examined, looked at.
class PicturesCommandTest {
  @TempDir private static Path shared;
  private static Path data = Path.of("");
  private static Path run = Path.of("");

  private static CliRun train(Path from, Path dir) {
    return CliRun.of(
        "train",
        "--preset",
        "pictures",
        "--data",
        from,
        "--dir",
        dir,
        "--json",
        "steps=6",
        "threads=1",
        "batch_size=4",
        "micro_batch_size=2",
        "model.vocab_size=300",
        "model.dim=32",
        "model.num_layers=2",
        "model.num_heads=2",
        "model.num_kv_heads=2",
        "model.head_dim=16",
        "model.ffn_dim=48",
        "model.context_length=256",
        "vision.dim=24",
        "vision.num_layers=1",
        "vision.num_heads=2",
        "vision.ffn_dim=48");
  }

  @BeforeAll
  static void drawAndTrain() {
    data = shared.resolve("pictures");
    run = shared.resolve("run");
    JsonNode drawn =
        CliRun.of("data", "pictures", "--out", data, "--count", 60, "--heldout", 40, "--json")
            .ending(0)
            .json();
    assertEquals(60, drawn.get("pictures").asInt());
    JsonNode trained = train(data, run).ending(0).json();
    assertEquals(6, trained.get("step").asInt());
    assertTrue(Double.isFinite(trained.get("heldout_loss").asDouble()));
  }

  @Test
  void theSameSeedDrawsTheSameBytes() throws IOException {
    Path again = shared.resolve("again");
    CliRun.of("data", "pictures", "--out", again, "--count", 60, "--heldout", 40);
    for (String name : List.of("train.jsonl", "heldout.jsonl", "images/train-000007.png")) {
      assertArrayEquals(
          Files.readAllBytes(data.resolve(name)), Files.readAllBytes(again.resolve(name)), name);
    }
    CliRun.of("data", "pictures", "--out", again, "--count", 1).mistake();
  }

  @Test
  void anInterruptedRunEndsInTheSameBits() {
    TrainConfig config = Config.read(RunFolder.open(run).config(), TrainConfig.class);
    List<float[]> whole = weights(config, shared.resolve("whole"), 100);
    weights(config, shared.resolve("parts"), 2);
    List<float[]> parts = weights(config, shared.resolve("parts"), 100);
    for (int i = 0; i < whole.size(); i++) {
      assertArrayEquals(whole.get(i), parts.get(i));
    }
  }

  private static List<float[]> weights(TrainConfig config, Path checkpoints, int limit) {
    TrainListener listener =
        new TrainListener() {
          private int steps;

          @Override
          public void step(StepMetrics metrics) {
            steps++;
          }

          @Override
          public void evaluated(EvalMetrics metrics) {}

          @Override
          public boolean stopRequested() {
            return steps >= limit;
          }
        };
    try (RunData open = RunData.open(config, RunFolder.open(run), Progress.NONE);
        Trainer trainer =
            new Trainer(
                config,
                open.training(),
                new Checkpoints(checkpoints, 2),
                Collective.alone(),
                listener,
                Progress.NONE)) {
      trainer.fit();
      return trainer.model().parameters().stream()
          .map(Parameter::value)
          .map(value -> value.toFloats())
          .toList();
    }
  }

  @Test
  void theExamTellsEveryKindWithIntervalChanceAndAblation() {
    JsonNode exam =
        CliRun.of("eval", "pictures", "--model", run, "--data", data, "--json").ending(0).json();
    JsonNode results = exam.get("results");
    assertTrue(results.size() >= 6, results::toString);
    for (JsonNode row : results) {
      for (String key : List.of("score", "low", "high", "n", "chance", "blanked", "clean")) {
        assertTrue(row.get(key).isNumber(), () -> key + " in " + row);
      }
      assertTrue(row.get("low").asDouble() <= row.get("score").asDouble());
      assertEquals(64, row.get("lock").asString().length());
      assertEquals(0, row.get("contaminated").asInt());
    }
    assertTrue(Files.isRegularFile(run.resolve("evals/pictures.jsonl")));
    assertTrue(exam.at("/gate/held").asBoolean());
  }

  @Test
  void kindsBelowTheirBarsAreNamedAndEndInExitCode3() {
    JsonNode missed = exam("1,chart=0", 3).json(); // six steps teach nothing
    assertFalse(missed.at("/gate/held").asBoolean());
    String failures = missed.at("/gate/failures").toString();
    for (JsonNode row : missed.get("results")) {
      String kind = row.get("task").asString();
      boolean words = kind.equals("pictures:ocr");
      boolean decides = !words || row.get("metric").asString().equals("characters");
      boolean barred = decides && !kind.equals("pictures:chart") && row.get("score").asDouble() < 1;
      String named = kind + " " + row.get("metric").asString();
      assertEquals(barred, failures.contains(named), () -> named + " in " + failures);
    }
    assertTrue(failures.contains("is below 1.0"), failures);
    String unknown = exam("smell=0.5", 2).mistake();
    assertTrue(unknown.contains("--at-least (smell) must name kinds of the questions: "), unknown);
    String wrong = exam("chart=2", 2).mistake();
    assertTrue(wrong.contains("--at-least (chart=2) must be a share from 0 to 1"), wrong);
  }

  private static CliRun exam(String atLeast, int code) {
    return CliRun.of(
            "eval",
            "pictures",
            "--model",
            run,
            "--data",
            data,
            "--at-least",
            atLeast,
            "--limit",
            8,
            "--json")
        .ending(code);
  }

  @Test
  void generateLooksAtPicturesAndAtMessages() throws IOException {
    Path image = data.resolve("images/train-000003.png");
    JsonNode one =
        CliRun.of(
                "generate",
                "--model",
                run,
                "--image",
                image,
                image,
                "--prompt",
                "What?",
                "--max-tokens",
                5,
                "--temperature",
                0,
                "--json")
            .ending(0)
            .json();
    assertTrue(one.get("ids").size() <= 5);
    String url =
        "data:image/png;base64," + Base64.getEncoder().encodeToString(Files.readAllBytes(image));
    Path messages = shared.resolve("messages.json");
    Files.writeString(
        messages,
        """
        [{"role":"user","content":[
          {"type":"image_url","image_url":{"url":"%s"}},
          {"type":"image","image":"%s"},
          {"type":"text","text":"What?"}]}]
        """
            .formatted(url, image.toAbsolutePath()));
    JsonNode two =
        CliRun.of(
                "generate",
                "--model",
                run,
                "--messages",
                messages,
                "--max-tokens",
                5,
                "--temperature",
                0,
                "--json")
            .ending(0)
            .json();
    assertEquals(one.get("ids"), two.get("ids"));
    assertTrue(
        CliRun.of("model", "info", run, "--json").ending(0).json().get("vision").asBoolean());
  }

  @Test
  void wrongInputIsOneLineThatNamesFileAndPlace() throws IOException {
    Path text = Files.writeString(shared.resolve("text.png"), "no picture");
    String bad =
        CliRun.of("generate", "--model", run, "--image", text, "--prompt", "What?").mistake();
    assertTrue(bad.contains("text.png must be a PNG"), bad);
    Path lines = shared.resolve("lines.jsonl");
    Files.writeString(
        lines, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video\"}]}]}\n");
    String wrong = train(lines, shared.resolve("wrong")).mistake();
    assertTrue(wrong.contains("lines.jsonl:1 messages[0].content[0].type (video)"), wrong);
  }

  @Test
  void aFolderWithCaptionsAndAnInterleavedDocumentAreTrainedOn() throws IOException {
    Path folder = Files.createDirectory(shared.resolve("captions"));
    for (int i = 0; i < 4; i++) {
      Files.copy(data.resolve("images/train-00000%d.png".formatted(i)), folder.resolve(i + ".png"));
      Files.writeString(folder.resolve(i + ".txt"), "picture number " + i);
    }
    train(folder, shared.resolve("captioned")).ending(0);
    Path lines = folder.resolve("documents.jsonl");
    String line =
        "{\"content\":[{\"type\":\"text\",\"text\":\"first\"},{\"type\":\"image\",\"image\":\"0.png\"},"
            + "{\"type\":\"text\",\"text\":\"then\"},{\"type\":\"image\",\"image\":\"1.png\"}]}\n";
    Files.writeString(lines, line.repeat(4));
    assertFalse(train(lines, shared.resolve("interleaved")).ending(0).out().contains("NaN"));
  }
}

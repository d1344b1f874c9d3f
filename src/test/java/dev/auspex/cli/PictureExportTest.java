package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.auspex.data.pictures.ContentPart;
import dev.auspex.data.pictures.Message;
import dev.auspex.data.pictures.PictureDocument;
import dev.auspex.interchange.StoredModel;
import dev.auspex.io.Json;
import dev.auspex.tokenizer.Tokenizer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// A model trained here on pictures, as other programs read it.
class PictureExportTest {
  @TempDir private static Path shared;
  private static Path picture = Path.of("");

  @TempDir private Path folder;

  @BeforeAll
  static void drawAPicture() throws IOException {
    picture = PictureAnswer.picture(shared);
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "f16", "bf16", "q8_0"})
  void aModelTrainedHereGoesOutAndAnswersTheSame(String type) throws IOException {
    Path run = trained();
    Path hf = folder.resolve("hf");
    Path gguf = folder.resolve("m.gguf");
    JsonNode told =
        CliRun.of(
                "model", "export", "gguf", "--model", run, "--out", gguf, "--type", type, "--json")
            .json();
    assertEquals(2, told.get("files").size());
    double expected = PictureAnswer.of(run, picture, "What?").get("logprobs").get(0).asDouble();
    assertEquals(
        expected, PictureAnswer.of(gguf, picture, "What?").get("logprobs").get(0).asDouble(), 0.1);
    if (!type.equals("q8_0")) {
      CliRun.of("model", "export", "hf", "--model", run, "--out", hf, "--type", type, "--json")
          .json();
      double written = PictureAnswer.of(hf, picture, "What?").get("logprobs").get(0).asDouble();
      assertEquals(expected, written, type.equals("f32") ? 0 : 0.02);
    }
    JsonNode config = Json.readTree(run.resolve("model/config.json"));
    assertEquals("idefics3", config.get("model_type").asString());
    assertEquals(2, config.get("scale_factor").asInt());
    Tokenizer tokenizer = Tokenizer.load(run.resolve("model"));
    assertEquals(
        tokenizer.specialId("<image>").orElseThrow(), config.get("image_token_id").asInt());
  }

  private static Path trained() {
    Path run = shared.resolve("run");
    if (Files.exists(run)) {
      return run;
    }
    Path data = shared.resolve("data");
    CliRun.of("data", "pictures", "--out", data, "--count", 40, "--heldout", 8, "--json").json();
    CliRun.of(
            "train",
            "--preset",
            "pictures",
            "--data",
            data,
            "--dir",
            run,
            "--json",
            "steps=40",
            "threads=1",
            "batch_size=4",
            "micro_batch_size=4",
            "model.vocab_size=320",
            "model.dim=32",
            "model.num_layers=1",
            "model.num_heads=2",
            "model.num_kv_heads=2",
            "model.head_dim=16",
            "model.ffn_dim=48",
            "model.context_length=400",
            "vision.dim=32",
            "vision.num_layers=1",
            "vision.num_heads=2",
            "vision.ffn_dim=64",
            "vision.max_side=2")
        .json();
    return run;
  }

  /// Needs `LLAMA_NODE`, a folder where @fugood/llama.node is installed.
  @Test
  @Tag("slow")
  void llamaCppSeesTheSameInTheExportedFiles() throws Exception {
    String node = System.getenv("LLAMA_NODE");
    Assumptions.assumeTrue(node != null, "LLAMA_NODE is not set");
    Path run = trained();
    Path gguf = folder.resolve("m.gguf");
    CliRun.of("model", "export", "gguf", "--model", run, "--out", gguf, "--json").json();
    Path blocks = folder.resolve("blocks.png"); // 128 pixels: only the thumbnail changes its size
    BufferedImage image = new BufferedImage(128, 128, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 128 * 128; i++) {
      image.setRGB(
          i % 128,
          i / 128,
          new int[] {0xD02030, 0x20C040, 0x3040E0, 0xF0F010}[2 * (i / 8192) + i % 128 / 64]);
    }
    ImageIO.write(image, "png", blocks.toFile());
    Path request = folder.resolve("request.json");
    Json.write(
        request,
        List.of(
            Map.of(
                "prompt",
                "<|user|><__media__>What?<|turn_end|><|assistant|>",
                "pictures",
                List.of(blocks.toString()),
                "count",
                12)));
    Process process =
        new ProcessBuilder(
                "node",
                Path.of("bench/llama_cpp_pictures.mjs").toAbsolutePath().toString(),
                gguf.toString(),
                gguf.resolveSibling("mmproj-m.gguf").toString(),
                request.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    JsonNode theirs = Json.MAPPER.readTree(out.strip().lines().toList().getLast()).get(0);
    Message asked =
        new Message(
            "user",
            List.of(new ContentPart.Image(blocks.toString()), new ContentPart.Text("What?")));
    PictureDocument document = new PictureDocument("test", folder, "", List.of(asked));
    try (StoredModel stored = StoredModel.open(run)) {
      int[] ids = Prompts.encoder(stored, stored.tokenizer()).prompt(document).ids();
      int[] known = Arrays.stream(ids).map(id -> Math.max(id, -1)).toArray();
      assertArrayEquals(known, PictureAnswer.ids(theirs.get("prompt")));
    }
    JsonNode ours = PictureAnswer.of(run, blocks, "What?");
    assertEquals(theirs.get("text").asString(), ours.get("text").asString());
    try (StoredModel stored = StoredModel.open(run)) {
      String first = stored.tokenizer().decode(new int[] {ours.get("ids").get(0).asInt()});
      assertEquals(
          theirs.get("first").get(first).asDouble(),
          ours.get("logprobs").get(0).asDouble(),
          1e-3,
          "llama.cpp looks GELU up in half precision");
    }
  }
}

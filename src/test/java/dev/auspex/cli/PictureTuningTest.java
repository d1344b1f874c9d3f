package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.interchange.TinyModels;
import dev.auspex.interchange.TinyPictureModels;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// A picture model of others, trained further here; a text model that gets an image encoder.
class PictureTuningTest {
  @TempDir private Path folder;
  private Path picture = Path.of("");

  @BeforeEach
  void drawAPicture() throws IOException {
    picture = PictureAnswer.picture(folder);
  }

  private Path pictures() {
    Path data = folder.resolve("data");
    CliRun.of("data", "pictures", "--out", data, "--count", 12, "--heldout", 8).ending(0);
    return data;
  }

  private CliRun train(String preset, Path init, Path run, Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", "--preset", preset, "--init", init));
    words.addAll(List.of("--data", folder.resolve("data"), "--dir", run, "--json", "steps=3"));
    words.addAll(List.of("threads=1", "batch_size=2", "micro_batch_size=2"));
    words.addAll(List.of("model.context_length=512"));
    words.addAll(List.of(more));
    return CliRun.of(words.toArray());
  }

  private JsonNode answer(Path model) {
    return PictureAnswer.of(model, picture, "What is it?");
  }

  @ParameterizedTest
  @CsvSource({"idefics3,false,[]", "smolvlm,true,'[q_proj, down_proj]'"})
  void anAdapterIsTrainedInTheDecoderAloneAndHandedOut(String type, boolean tied, String modules)
      throws IOException {
    Path source = TinyPictureModels.folder(folder.resolve("m"), type, tied, "F32", 1);
    pictures();
    Path run = folder.resolve("run");
    train(
            "lora",
            source,
            run,
            "dtype=fp32",
            "optimizer.learning_rate=0.02",
            "lora.target_modules=" + modules)
        .ending(0);
    assertNotEquals(answer(source).get("logprobs"), answer(run).get("logprobs"));
    JsonNode config = Json.readTree(run.resolve("model/adapter_config.json"));
    Pattern targets = Pattern.compile(config.path("target_modules").asString());
    assertTrue(targets.matcher("model.text_model.layers.1.self_attn.q_proj").matches());
    assertFalse(targets.matcher("model.vision_model.encoder.layers.1.self_attn.q_proj").matches());
    int each = modules.equals("[]") ? 7 : 2;
    Set<String> names = tensors(run.resolve("model/adapter_model.safetensors")).keySet();
    assertEquals(2 * 2 * each, names.size(), "two layers, two matrices for each module");
    String first = "base_model.model.model.text_model.layers.0.self_attn.q_proj.lora_A.weight";
    assertTrue(names.contains(first), names::toString);
    handOut(source, run);
  }

  private void handOut(Path source, Path run) throws IOException {
    JsonNode expected = answer(run);
    Path merged = folder.resolve("merged");
    CliRun.of("model", "merge", "--adapter", run, "--out", merged).ending(0);
    assertEquals(expected.get("logprobs"), answer(merged).get("logprobs"));
    Map<String, byte[]> before = tensors(source.resolve("model.safetensors"));
    tensors(merged.resolve("model.safetensors"))
        .forEach(
            (name, bytes) -> {
              if (!name.matches(".*text_model.*(self_attn|mlp).*")) {
                assertArrayEquals(before.get(name), bytes, name);
              }
            });
    Path peft = folder.resolve("peft");
    CliRun.of("model", "export", "peft", "--model", run, "--out", peft).ending(0);
    assertEquals(expected.get("logprobs"), answer(peft).get("logprobs"));
    Path gguf = folder.resolve("m.gguf");
    CliRun.of("model", "export", "gguf", "--model", run, "--out", gguf).ending(0);
    assertEquals(
        expected.get("logprobs").get(0).asDouble(),
        answer(gguf).get("logprobs").get(0).asDouble(),
        1e-4);
    assertTrue(Files.isRegularFile(folder.resolve("mmproj-m.gguf")));
  }

  @Test
  void ratesOfPartsAreRefusedWhereTheAdapterAloneIsTrained() {
    Path source = TinyPictureModels.folder(folder.resolve("m"), "smolvlm", true, "F32", 1);
    pictures();
    String told = train("lora", source, folder.resolve("run"), "vision.decoder_rate=0").mistake();
    assertTrue(told.contains("vision.decoder_rate must be left out; with lora"), told);
  }

  @ParameterizedTest
  @CsvSource({"llama,true", "qwen3,false"})
  void aTextModelGetsANewEncoderAndKeepsItsDecoder(String type, boolean tied) throws IOException {
    Path text = TinyModels.llama(folder.resolve("text"), type, tied, "F32");
    Path data = Files.createDirectory(folder.resolve("data"));
    for (int i = 0; i < 4; i++) {
      Files.copy(picture, data.resolve(i + ".png"));
      Files.writeString(data.resolve(i + ".txt"), "a cat on the mat");
    }
    Path run = folder.resolve("run");
    Object[] encoder = {
      "vision.image_size=16",
      "vision.patch_size=4",
      "vision.dim=12",
      "vision.num_layers=1",
      "vision.num_heads=2",
      "vision.ffn_dim=24",
      "vision.max_side=5",
      "vision.decoder_rate=0",
      "model.context_length=256"
    };
    JsonNode dry = train("pictures", text, run, with(encoder, "--dry-run")).ending(0).json();
    JsonNode result = train("pictures", text, run, encoder).ending(0).json();
    assertEquals(dry.get("parameters"), result.get("parameters"));
    Map<String, byte[]> before = tensors(text.resolve("model.safetensors"));
    Map<String, byte[]> base = tensors(run.resolve("base/model.safetensors"));
    Map<String, byte[]> after = tensors(run.resolve("model/model.safetensors"));
    before.forEach(
        (name, bytes) -> {
          String there = name.replaceFirst("^model\\.", "model.text_model.");
          byte[] kept = after.get(there);
          boolean table = name.contains("embed_tokens") || name.contains("lm_head");
          int known = table ? 4 * 32 * TinyModels.tokenizer().vocabSize() : bytes.length;
          assertArrayEquals(Arrays.copyOf(bytes, known), Arrays.copyOf(kept, known), name);
          int rows =
              TinyModels.tokenizer().vocabSize() + 25 + 4; // the marks of 25 tiles and 4 more
          assertEquals(table ? 4 * 32 * rows : known, kept.length, name);
        });
    String projection = "model.connector.modality_projection.proj.weight";
    assertFalse(Arrays.equals(base.get(projection), after.get(projection)));
    JsonNode config = Json.readTree(run.resolve("model/config.json"));
    assertEquals("idefics3", config.get("model_type").asString());
    assertEquals(type, config.at("/text_config/model_type").asString());
    assertEquals(256, config.at("/text_config/max_position_embeddings").asInt());
    assertFalse(answer(run).get("ids").isEmpty());
    Path gguf = folder.resolve("m.gguf");
    CliRun.of("model", "export", "gguf", "--model", run, "--out", gguf).ending(0);
    assertEquals(
        answer(run).get("logprobs").get(0).asDouble(),
        answer(gguf).get("logprobs").get(0).asDouble(),
        1e-4);
  }

  private static Object[] with(Object[] words, Object more) {
    Object[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = more;
    return all;
  }

  @Test
  void aNewEncoderNeedsADecoderThatIdefics3HasAndFullTraining() {
    Path gpt2 = TinyModels.gpt2(folder.resolve("gpt2"), "F32");
    Path llama = TinyModels.llama(folder.resolve("llama"), "llama", true, "F32");
    pictures();
    String told = train("pictures", gpt2, folder.resolve("run")).mistake();
    assertTrue(told.contains("must be a Llama or Qwen3 to get an image encoder"), told);
    String shorter = "model.context_length=256";
    told = train("pictures", llama, folder.resolve("run"), shorter, "vision.dim=13").mistake();
    assertTrue(told.contains("vision") && told.contains("dim (13) must be divisible"), told);
    told =
        train(
                "pictures",
                llama,
                folder.resolve("run"),
                shorter,
                "lora={rank: 2, alpha: 2, target_modules: []}")
            .mistake();
    assertTrue(told.contains("lora must be absent; a new image encoder"), told);
  }

  @Test
  void anImportedModelIsTunedWithItsDecoderAtRest() throws IOException {
    Path source = TinyPictureModels.folder(folder.resolve("m"), "smolvlm", true, "F32", 1);
    Path data = pictures();
    Path run = folder.resolve("run");
    Object[] words = {
      "train",
      "--preset",
      "finetune",
      "--init",
      source,
      "--data",
      data,
      "--dir",
      run,
      "--json",
      "steps=2",
      "threads=1",
      "batch_size=2",
      "micro_batch_size=2",
      "model.context_length=512",
      "vision.decoder_rate=0"
    };
    assertEquals(2, CliRun.of(words).json().get("step").asInt());
    Map<String, byte[]> before = tensors(source.resolve("model.safetensors"));
    Map<String, byte[]> after = tensors(run.resolve("model/model.safetensors"));
    assertEquals(before.keySet(), after.keySet());
    before.forEach(
        (name, bytes) -> {
          if (name.contains("text_model")) {
            assertArrayEquals(bytes, after.get(name), name);
          } else if (name.endsWith("weight")) {
            assertFalse(Arrays.equals(bytes, after.get(name)), name);
          }
        });
    assertEquals(12, answer(run).get("ids").size());
    assertTrue(
        CliRun.of("eval", "pictures", "--model", run, "--data", data, "--limit", 2, "--json")
            .json()
            .has("results"));
    words[8] = folder.resolve("other");
    words[words.length - 1] = "vision.image_size=32";
    CliRun wrong = CliRun.of(words);
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("vision.image_size (32) must be 16"), wrong.err());
  }

  private static Map<String, byte[]> tensors(Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    Map<String, byte[]> tensors = new TreeMap<>();
    for (SafeTensors.Entry e : SafeTensors.entries(file)) {
      int start = (int) e.start();
      tensors.put(e.name(), Arrays.copyOfRange(all, start, start + (int) e.length()));
    }
    return tensors;
  }
}

package dev.auspex.interchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.io.UserException;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tokenizer.chat.ChatTemplate;
import dev.auspex.vision.Picture;
import dev.auspex.vision.Tiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/// Damaged, incomplete and hostile files: one line, at once, and never a crash.
class DamagedModelsTest {
  private static final int MUTATIONS = 1_000;

  @TempDir private Path folder;

  /// Opens and reads everything.
  private static void readAll(Path path) {
    try (StoredModel stored = StoredModel.open(path);
        Gpt model = stored.load(DType.FP32, 16)) {
      assertEquals(stored.config().numLayers(), model.config().numLayers());
      stored.rules().promptIds(stored.tokenizer(), "the cat sat on 42 mats, naïvely");
      String template = stored.rules().chatTemplate();
      if (stored.pictureForm().isPresent() && template != null) {
        Map<String, Object> turn = Map.of("role", "user", "content", List.of(Map.of("type", "x")));
        ChatTemplate.parse(template).render(Map.of("messages", List.of(turn)));
        Tiles.of(Picture.plain(40, 30, 99), stored.pictureForm().get());
      }
    }
  }

  private static String refusal(Path path) {
    String message = assertThrows(UserException.class, () -> readAll(path)).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  /// One to four random damages: bits, numbers of interest, lost and doubled ranges, cuts.
  private static byte[] mutated(byte[] good, int header, SplittableRandom random) {
    byte[] bytes = good.clone();
    for (int i = random.nextInt(1, 5); i > 0 && bytes.length > 16; i--) {
      int limit = random.nextInt(4) == 0 ? bytes.length : Math.min(header, bytes.length);
      int at = random.nextInt(Math.max(1, limit - 8));
      ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      switch (random.nextInt(7)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> view.putInt(at, interesting(random));
        case 3 -> view.putLong(at, (long) interesting(random) << random.nextInt(32));
        case 4 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        case 5 -> {
          int length = random.nextInt(1, 9);
          byte[] shorter = Arrays.copyOf(bytes, bytes.length - length);
          System.arraycopy(bytes, at + length, shorter, at, bytes.length - at - length);
          bytes = shorter;
        }
        default -> {
          int length = random.nextInt(1, 64);
          byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
          System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
          bytes = longer;
        }
      }
    }
    return bytes;
  }

  private static int interesting(SplittableRandom random) {
    int[] numbers = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x7FFFFFF0, 1 << 20, 255, 9};
    return numbers[random.nextInt(numbers.length)];
  }

  private void fuzz(Path target, Path model, int header) throws IOException {
    byte[] good = Files.readAllBytes(target);
    readAll(model);
    int refused = 0;
    for (int seed = 0; seed < MUTATIONS; seed++) {
      Files.write(target, mutated(good, header, new SplittableRandom(seed)));
      try {
        readAll(model);
      } catch (UserException e) {
        refused++;
        assertFalse(String.valueOf(e.getMessage()).isBlank());
      } catch (RuntimeException | Error e) {
        fail("seed " + seed, e);
      }
    }
    Files.write(target, good);
    assertTrue(refused > MUTATIONS / 4, "refused " + refused);
  }

  @Test
  @Timeout(120)
  void aThousandDamagedSafetensorsFiles() throws IOException {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "BF16");
    fuzz(model.resolve("model.safetensors"), model, 1500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen3", "gpt2"})
  @Timeout(120)
  void aThousandDamagedGgufFiles(String family) throws IOException {
    Path source =
        family.equals("gpt2")
            ? TinyModels.gpt2(folder.resolve("m"), "F32")
            : TinyModels.llama(folder.resolve("m"), family, true, "F16");
    Path gguf = folder.resolve("m.gguf");
    try (StoredModel stored = StoredModel.open(source)) {
      stored.writeGguf(gguf, null, Progress.NONE);
    }
    fuzz(gguf, gguf, 9000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "preprocessor_config.json",
        "chat_template.json",
        "model.safetensors",
        "mmproj-m.gguf"
      })
  @Timeout(120)
  void aThousandDamagedFilesOfAModelThatReadsPictures(String name) throws IOException {
    Path model = TinyPictureModels.folder(folder.resolve("m"), "smolvlm", true, "BF16", 1);
    Path gguf = folder.resolve("m.gguf");
    try (StoredModel stored = StoredModel.open(model)) {
      stored.writeGguf(gguf, null, Progress.NONE);
    }
    boolean projector = name.endsWith(".gguf");
    Path file = (projector ? folder : model).resolve(name);
    fuzz(file, projector ? gguf : model, (int) Math.min(6000, Files.size(file)));
  }

  @Test
  @Timeout(120)
  void aThousandDamagedTokenizerFiles() throws IOException {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", true, "F32");
    Path file = model.resolve("tokenizer.json");
    fuzz(file, model, (int) Files.size(file));
  }

  @Test
  @Timeout(120)
  void aThousandDamagedConfigurations() throws IOException {
    Path model = TinyModels.llama(folder.resolve("m"), "qwen3", true, "F32");
    Path file = model.resolve("config.json");
    fuzz(file, model, (int) Files.size(file));
  }

  @Test
  @Timeout(120)
  void aThousandDamagedAdapters() throws IOException {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", true, "BF16");
    Path adapter = folder.resolve("a");
    try (StoredModel stored = StoredModel.open(model)) {
      TinyModels.adapter(stored).write(adapter, "../m");
    }
    fuzz(adapter.resolve("adapter_model.safetensors"), adapter, 1500);
    Path file = adapter.resolve("adapter_config.json");
    fuzz(file, adapter, (int) Files.size(file));
  }

  @Test
  @Timeout(240)
  void threeThousandDamagedFilesWithASentencePieceVocabulary() throws IOException {
    Path shared = Path.of(System.getProperty("auspex.shared", "../shared/data"));
    Path source = shared.resolve("models/stories260K/stories260K.bin");
    Assumptions.assumeTrue(Files.exists(source), () -> source + " is absent");
    Path model = folder.resolve("m");
    Path gguf = folder.resolve("m.gguf");
    try (StoredModel stored = StoredModel.open(source)) {
      stored.writeHuggingFace(model, null, Progress.NONE);
      stored.writeGguf(gguf, null, Progress.NONE);
    }
    fuzz(model.resolve("tokenizer.json"), model, 15_000);
    fuzz(gguf, gguf, 18_000);
    Path copy = Files.write(folder.resolve("m.bin"), Files.readAllBytes(source));
    Files.copy(source.resolveSibling("tok512.bin"), folder.resolve("tok512.bin"));
    fuzz(copy, copy, 28);
  }

  @Test
  void everythingThatDoesNotFitIsToldAtOnce() {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    Path file = model.resolve("model.safetensors");
    List<SafeTensors.Entry> entries = new ArrayList<>();
    for (SafeTensors.Entry e : SafeTensors.entries(file)) {
      switch (e.name()) {
        case "model.norm.weight", "lm_head.weight" -> {}
        case "model.layers.1.mlp.up_proj.weight" ->
            entries.add(new SafeTensors.Entry(e.name(), "F32", new long[] {8, 32}, 0, 1024));
        case "model.layers.0.self_attn.q_proj.weight" ->
            entries.add(new SafeTensors.Entry(e.name(), "I8", e.shape(), 0, 1024));
        default -> entries.add(e);
      }
    }
    entries.add(new SafeTensors.Entry("model.extra", "F32", new long[] {1}, 0, 4));
    SafeTensors.write(
        file, entries, Map.of(), (entry, out) -> out.write(new byte[(int) entry.length()]));
    String message = refusal(model);
    for (String part :
        List.of(
            "5 problems",
            "model.norm.weight is missing",
            "lm_head.weight is missing",
            "model.layers.1.mlp.up_proj.weight has shape [8, 32], must be [64, 32]",
            "model.layers.0.self_attn.q_proj.weight is I8, must be one of",
            "model.extra is not part of a llama")) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void unknownKindsAndSettingsAreRefusedTogether() {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    Path file = model.resolve("config.json");
    ObjectNode config = (ObjectNode) Json.readTree(file);
    Json.write(file, config.deepCopy().put("model_type", "mamba"));
    assertTrue(refusal(model).contains("model_type (mamba) must be one of llama, qwen3, gpt2"));
    config.put("hidden_act", "gelu").put("attention_bias", true).remove("hidden_size");
    config.putObject("rope_scaling").put("rope_type", "yarn");
    Json.write(file, config);
    String message = refusal(model);
    for (String part :
        List.of("hidden_act (gelu)", "attention_bias", "hidden_size ()", "rope_type (yarn)")) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void missingShardsAndPathsOutsideTheFolderAreTold() throws IOException {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    Files.delete(model.resolve("model.safetensors"));
    assertTrue(refusal(model).contains("must hold model.safetensors"));
    Path index = model.resolve("model.safetensors.index.json");
    Files.writeString(
        index, "{\"weight_map\":{\"a\":\"../x.safetensors\",\"b\":\"gone.safetensors\"}}");
    String message = refusal(model);
    assertTrue(message.contains("../x.safetensors"), message);
    assertTrue(message.contains("gone.safetensors is missing"), message);
    Files.writeString(index, "{}");
    assertTrue(refusal(model).contains("weight_map"), message);
  }

  private Path hostile(String name, ByteBuffer bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, Arrays.copyOf(bytes.array(), bytes.capacity()));
    return file;
  }

  private static ByteBuffer gguf(long tensors, long values) {
    return ByteBuffer.allocate(4096)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("GGUF".getBytes(StandardCharsets.US_ASCII))
        .putInt(3)
        .putLong(tensors)
        .putLong(values);
  }

  @Test
  @Timeout(10)
  void hostileHeadersAreRefusedBeforeAnythingIsMadeOfThem() throws IOException {
    assertTrue(refusal(hostile("a.gguf", gguf(Long.MAX_VALUE, 1))).contains("byte 8"));
    assertTrue(refusal(hostile("b.gguf", gguf(1, -1))).contains("number of metadata values"));
    ByteBuffer key = gguf(0, 1).putLong(Long.MAX_VALUE - 3);
    assertTrue(refusal(hostile("c.gguf", key)).contains("says key is"));
    ByteBuffer list = gguf(0, 1).putLong(1).put((byte) 'k').putInt(9).putInt(8);
    assertTrue(
        refusal(hostile("d.gguf", list.putLong(1L << 60))).contains("more than its 4096 bytes"));
    ByteBuffer nested = gguf(0, 1).putLong(1).put((byte) 'k').putInt(9).putInt(9).putLong(1);
    assertTrue(refusal(hostile("e.gguf", nested)).contains("list of type 9"));
    ByteBuffer dims = gguf(1, 0).putLong(1).put((byte) 't').putInt(2);
    dims.putLong(1L << 40).putLong(1L << 40).putInt(0).putLong(0);
    assertTrue(refusal(hostile("f.gguf", dims)).contains("gives tensor t the shape"));
    ByteBuffer offset = gguf(1, 0).putLong(1).put((byte) 't').putInt(1);
    offset.putLong(8).putInt(0).putLong(Long.MAX_VALUE & -32L);
    assertTrue(refusal(hostile("g.gguf", offset)).contains("beyond its end"));
    ByteBuffer version = gguf(0, 0).putInt(4, 1);
    assertTrue(refusal(hostile("h.gguf", version)).contains("version 1"));
    ByteBuffer sizes = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 7; i++) {
      sizes.putInt(i == 2 ? 249 : 1);
    }
    assertTrue(refusal(hostile("i.bin", sizes)).contains("llama2.c"));
    assertTrue(refusal(hostile("j.bin", ByteBuffer.allocate(5))).contains("llama2.c"));
  }

  @Test
  @Timeout(10)
  void hugeNumbersInAConfigurationAreRefusedAtOnce() {
    Path model = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    Path file = model.resolve("config.json");
    ObjectNode config = (ObjectNode) Json.readTree(file);
    for (String key :
        List.of("num_hidden_layers", "hidden_size", "vocab_size", "intermediate_size")) {
      Json.write(file, config.deepCopy().put(key, Integer.MAX_VALUE));
      assertTrue(refusal(model).contains("must"), key);
    }
    Json.write(file, config.deepCopy().put("max_position_embeddings", Integer.MAX_VALUE));
    readAll(model); // tables are made for what is asked, not for what is promised
  }
}

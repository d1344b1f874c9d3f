package dev.auspex.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same models as files of many hands have them: what is supported computes the same numbers,
/// all that is not is told.
class OtherPeoplesModelsTest {
  private static final int[] IDS = {0, 17, 203, 299, 5, 64};

  @TempDir private Path folder;

  private static float[] logits(Path path) {
    try (StoredModel stored = StoredModel.open(path);
        Gpt model = stored.load(DType.FP32, 32);
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Tensor hidden = model.forward(Tensor.of(IDS, 1, IDS.length), null);
      return model.logits(hidden.narrow(1, IDS.length - 1, 1)).toFloats();
    }
  }

  private static void assertDefinition(Path source, Path path) throws IOException {
    double[] expected = new HuggingFaceReference(source).logits(IDS);
    float[] actual = logits(path);
    for (int id = 0; id < actual.length; id++) {
      assertEquals(expected[id], actual[id], 1e-4 * (1 + Math.abs(expected[id])), "id " + id);
    }
  }

  private static String refused(Path path) {
    return assertThrows(InterchangeException.class, () -> StoredModel.open(path).close())
        .getMessage();
  }

  private Path gguf(Path source, NumberType type) {
    Path file = folder.resolve("model.gguf");
    try (StoredModel stored = StoredModel.open(source)) {
      stored.writeGguf(file, type, Progress.NONE);
    }
    return file;
  }

  @Test
  void gpt2WithPrefixMasksAndASecondHead() throws IOException {
    Path source = TinyModels.gpt2(folder.resolve("gpt2"), "F32");
    float[] expected = logits(source);
    RewrittenFolder rewritten = new RewrittenFolder(source);
    rewritten.rename("", "transformer.");
    RewrittenFolder.Tensor table = rewritten.tensors.get("transformer.wte.weight");
    rewritten.tensors.put("lm_head.weight", table);
    for (int layer = 0; layer < TinyModels.LAYERS; layer++) {
      String at = "transformer.h." + layer + ".attn.";
      long[] mask = {1, 1, 4, 4};
      rewritten.tensors.put(at + "bias", new RewrittenFolder.Tensor("BOOL", mask, new byte[16]));
      rewritten.tensors.put(
          at + "masked_bias", new RewrittenFolder.Tensor("F32", new long[0], new byte[4]));
    }
    rewritten.writeOddly();
    assertArrayEquals(expected, logits(source));
  }

  @Test
  void aTiedHeadMayBeThereAndAnUntiedOneMustBe() throws IOException {
    Path tied = TinyModels.llama(folder.resolve("tied"), "llama", true, "BF16");
    float[] expected = logits(tied);
    RewrittenFolder rewritten = new RewrittenFolder(tied);
    rewritten.tensors.put("lm_head.weight", rewritten.tensors.get("model.embed_tokens.weight"));
    rewritten.write();
    assertArrayEquals(expected, logits(tied));
    Path untied = TinyModels.llama(folder.resolve("untied"), "llama", false, "F32");
    rewritten = new RewrittenFolder(untied);
    rewritten.tensors.remove("lm_head.weight");
    rewritten.write();
    assertTrue(refused(untied).contains("lm_head.weight is missing"), refused(untied));
  }

  @Test
  void configurationsOfNewerTransformers() throws IOException {
    Path source = TinyModels.llama(folder.resolve("qwen"), "qwen3", false, "BF16");
    float[] expected = logits(source);
    new RewrittenFolder(source)
        .config(
            config -> {
              config.remove("rope_theta");
              config.put("dtype", "bfloat16").put("transformers_version", "5.0.0");
              config.putNull("rope_scaling").putNull("sliding_window").putNull("pad_token_id");
              config.putArray("layer_types").add("full_attention").add("full_attention");
              config
                  .putObject("rope_parameters")
                  .put("rope_theta", 5000)
                  .put("rope_type", "default");
            });
    assertArrayEquals(expected, logits(source));
  }

  @Test
  void linearAndAnyLlama3ScalingComputeTheDefinitionAlsoThroughGguf() throws IOException {
    Path source = TinyModels.llama(folder.resolve("llama"), "llama", false, "F32");
    RewrittenFolder rewritten = new RewrittenFolder(source);
    List<Map<String, Object>> scalings =
        List.of(
            Map.of("type", "linear", "factor", 4.0),
            Map.of(
                "rope_type",
                "llama3",
                "factor",
                5.0,
                "low_freq_factor",
                1.5,
                "high_freq_factor",
                3.0,
                "original_max_position_embeddings",
                64));
    for (int i = 0; i < scalings.size(); i++) {
      Map<String, Object> scaling = scalings.get(i);
      rewritten.config(config -> config.putPOJO("rope_scaling", scaling));
      assertDefinition(source, source);
      Path gguf = gguf(source, null);
      assertDefinition(source, gguf);
      Path again = folder.resolve("again" + i);
      try (StoredModel stored = StoredModel.open(gguf)) {
        stored.writeHuggingFace(again, null, Progress.NONE);
      }
      assertArrayEquals(logits(gguf), logits(again));
      try (StoredModel before = StoredModel.open(source);
          StoredModel after = StoredModel.open(again)) {
        assertEquals(before.shape().variant(), after.shape().variant());
      }
    }
  }

  @Test
  void allSettingsThatCannotBeFollowedAreTold() throws IOException {
    Path source = TinyModels.llama(folder.resolve("llama"), "llama", false, "F32");
    new RewrittenFolder(source)
        .config(
            config -> {
              config.put("attention_bias", true).put("mlp_bias", true).put("hidden_act", "relu");
              config.put("partial_rotary_factor", 0.5);
              config.putObject("rope_scaling").put("rope_type", "yarn").put("factor", 4);
              config.putObject("quantization_config").put("quant_method", "gptq");
            });
    String message = refused(source);
    for (String part :
        List.of(
            "attention_bias",
            "mlp_bias",
            "hidden_act (relu)",
            "partial_rotary_factor",
            "(yarn)",
            "quantization_config")) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void aGgufFileInPartsIsReadLikeAWholeOne() throws Exception {
    Path whole = gguf(TinyModels.llama(folder.resolve("m"), "qwen3", false, "F32"), null);
    float[] expected = logits(whole);
    RewrittenGguf file = new RewrittenGguf(whole);
    Files.delete(whole);
    int third = file.items.size() / 3;
    List<Path> parts = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      Map<String, Object> metadata = part == 0 ? file.metadata : new java.util.TreeMap<>();
      metadata.put("split.no", (long) part);
      metadata.put("split.count", 3L);
      metadata.put("split.tensors.count", (long) file.items.size());
      Path path = folder.resolve("tiny-0000%d-of-00003.gguf".formatted(part + 1));
      int end = part == 2 ? file.items.size() : (part + 1) * third;
      RewrittenGguf.write(path, metadata, file.items.subList(part * third, end));
      parts.add(path);
    }
    assertArrayEquals(expected, logits(parts.getFirst()));
    assertArrayEquals(expected, logits(folder));
    assertTrue(refused(parts.get(1)).contains("first of 3"), refused(parts.get(1)));
    Files.delete(parts.get(2));
    assertTrue(refused(parts.get(0)).contains("tiny-00003-of-00003.gguf"));
  }

  @Test
  void typesThatCannotBeReadAreToldByNameForEveryTensor() throws Exception {
    Path source = TinyModels.llama(folder.resolve("m"), "llama", false, "F32");
    RewrittenGguf file = new RewrittenGguf(gguf(source, null));
    List<RewrittenGguf.Item> items = new ArrayList<>();
    for (RewrittenGguf.Item item : file.items) {
      boolean matrix = item.shape().length == 2;
      items.add(
          matrix ? new RewrittenGguf.Item(item.name(), item.shape(), 12, item.bytes()) : item);
    }
    Path path = folder.resolve("model.gguf");
    RewrittenGguf.write(path, file.metadata, items);
    String message = refused(path);
    for (RewrittenGguf.Item item : items) {
      assertEquals(
          item.shape().length == 2, message.contains(item.name() + " is Q4_K"), item.name());
    }
  }

  /// Unpacked as the type's description in GGML goes through a block: four numbers at a time.
  @Test
  void blocksOfSixBitsAreUnpacked() {
    byte[] block = new byte[210];
    new Random(5).nextBytes(block);
    short scale = Float.floatToFloat16(0.01f);
    block[208] = (byte) scale;
    block[209] = (byte) (scale >> 8);
    float[] expected = new float[256];
    float d = Float.float16ToFloat(scale);
    for (int half = 0; half < 2; half++) {
      for (int l = 0; l < 32; l++) {
        int high = block[128 + 32 * half + l];
        int first = block[64 * half + l];
        int second = block[64 * half + l + 32];
        int[] numbers = {
          first & 0xF | (high & 3) << 4,
          second & 0xF | (high >> 2 & 3) << 4,
          first >> 4 & 0xF | (high >> 4 & 3) << 4,
          second >> 4 & 0xF | (high >> 6 & 3) << 4
        };
        for (int n = 0; n < 4; n++) {
          int scaleOf = block[192 + 8 * half + l / 16 + 2 * n];
          expected[128 * half + 32 * n + l] = d * scaleOf * (numbers[n] - 32);
        }
      }
    }
    float[] actual = new float[256];
    NumberType.Q6_K.decode(MemorySegment.ofArray(block), 0, actual, 256);
    assertArrayEquals(expected, actual, 1e-6f);
  }

  @Test
  void aHeadThatIsNoPartOfTheWidth() throws IOException {
    Path source = TinyModels.llama(folder.resolve("wide"), "llama", false, "F32");
    RewrittenFolder rewritten = new RewrittenFolder(source);
    rewritten.config(config -> config.put("num_key_value_heads", 1).put("head_dim", 16));
    for (int layer = 0; layer < TinyModels.LAYERS; layer++) {
      String at = "model.layers." + layer + ".self_attn.";
      for (String name : List.of("q_proj", "o_proj")) {
        RewrittenFolder.Tensor all = rewritten.tensors.get(at + name + ".weight");
        byte[] twice = new byte[2 * all.bytes().length];
        System.arraycopy(all.bytes(), 0, twice, 0, all.bytes().length);
        System.arraycopy(all.bytes(), 0, twice, all.bytes().length, all.bytes().length);
        long[] shape =
            name.equals("q_proj")
                ? new long[] {64, TinyModels.DIM}
                : new long[] {TinyModels.DIM, 64};
        rewritten.tensors.put(
            at + name + ".weight", new RewrittenFolder.Tensor("F32", shape, twice));
      }
    }
    rewritten.write();
    assertDefinition(source, source);
    assertDefinition(source, gguf(source, null));
  }
}

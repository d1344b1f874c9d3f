package dev.auspex.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.io.UserException;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/// Adapters as PEFT 0.21 was seen to write them for Llama and GPT-2: names, shapes and keys here
/// are copied from its files, not from our code.
class PeftAdapterTest {
  private static final int RANK = 4;

  @TempDir private Path folder;
  private Path base = Path.of("");
  private Path adapter = Path.of("");

  @BeforeEach
  void makeALlama() {
    base = TinyModels.llama(folder.resolve("base"), "llama", false, "F32");
    adapter = folder.resolve("adapter");
  }

  /// The keys that matter among the forty that PEFT writes.
  private static ObjectNode config(Object... keysAndValues) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").put("bias", "none");
    node.put("r", RANK)
        .put("lora_alpha", 10)
        .put("lora_dropout", 0.05)
        .put("peft_version", "0.21.0");
    node.put("use_dora", false).put("use_rslora", false).put("init_lora_weights", true);
    node.putNull("base_model_name_or_path").putNull("modules_to_save").putNull("exclude_modules");
    node.putNull("layers_to_transform").putNull("target_parameters").putNull("use_bdlora");
    node.putObject("rank_pattern");
    node.putObject("loftq_config");
    node.putArray("target_modules").add("q_proj").add("v_proj");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      node.set((String) keysAndValues[i], Json.MAPPER.valueToTree(keysAndValues[i + 1]));
    }
    return node;
  }

  private static Map<String, long[]> queryAndValue() {
    Map<String, long[]> shapes = new TreeMap<>();
    for (int layer = 0; layer < 2; layer++) {
      String at = "base_model.model.model.layers." + layer + ".self_attn.";
      shapes.put(at + "q_proj.lora_A.weight", new long[] {RANK, 32});
      shapes.put(at + "q_proj.lora_B.weight", new long[] {32, RANK});
      shapes.put(at + "v_proj.lora_A.weight", new long[] {RANK, 32});
      shapes.put(at + "v_proj.lora_B.weight", new long[] {16, RANK});
    }
    return shapes;
  }

  private static float[] numbers(String name, long[] shape) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] numbers = new float[TinyModels.count(shape)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Math.round(random.nextGaussian() * 32) / 128f; // exact in 16 bits of any kind
    }
    return numbers;
  }

  private void write(ObjectNode config, Map<String, long[]> shapes, String dtype) {
    Json.write(adapter.resolve("adapter_config.json"), config);
    List<SafeTensors.Entry> entries = new ArrayList<>();
    int width = dtype.equals("F32") ? 4 : 2;
    shapes.forEach(
        (name, shape) ->
            entries.add(
                new SafeTensors.Entry(
                    name, dtype, shape, 0, (long) width * TinyModels.count(shape))));
    SafeTensors.write(
        adapter.resolve("adapter_model.safetensors"),
        entries,
        Map.of("format", "pt"),
        (entry, out) -> {
          ByteBuffer bytes =
              ByteBuffer.allocate((int) entry.length()).order(ByteOrder.LITTLE_ENDIAN);
          for (float x : numbers(entry.name(), entry.shape())) {
            switch (dtype) {
              case "F32" -> bytes.putFloat(x);
              case "F16" -> bytes.putShort(Float.floatToFloat16(x));
              default -> bytes.putShort((short) (Float.floatToRawIntBits(x) >>> 16));
            }
          }
          out.write(bytes.array());
        });
  }

  private static Map<String, float[]> weights(StoredModel model) {
    Map<String, float[]> weights = new LinkedHashMap<>();
    try (Gpt gpt = model.load(DType.FP32)) {
      gpt.parameters().forEach(p -> weights.put(p.name(), p.value().toFloats()));
    }
    return weights;
  }

  /// Loops over rows and columns, from the numbers that were written.
  private static float merged(float own, String path, int[] at, int in, int out, double scale) {
    float[] down = numbers(path + ".lora_A.weight", new long[] {RANK, in});
    float[] up = numbers(path + ".lora_B.weight", new long[] {out, RANK});
    double sum = 0;
    for (int k = 0; k < RANK; k++) {
      sum += up[at[0] * RANK + k] * (double) down[k * in + at[1]];
    }
    return (float) (own + scale * sum);
  }

  private void assertMerged(double scale) {
    assertMerged(scale, "model.layers.");
  }

  /// @param there how the decoder's names begin in the adapter
  private void assertMerged(double scale, String there) {
    Map<String, float[]> before;
    try (StoredModel plain = StoredModel.open(base)) {
      before = weights(plain);
    }
    try (StoredModel tuned = StoredModel.open(base, adapter)) {
      Map<String, float[]> after = weights(tuned);
      for (String name : before.keySet()) {
        float[] expected = before.get(name).clone();
        if (name.matches("model\\.layers.*\\.[qv]_proj\\.weight")) {
          String path =
              "base_model.model." + name.replace("model.layers.", there).replace(".weight", "");
          int out = expected.length / 32;
          for (int i = 0; i < expected.length; i++) {
            expected[i] = merged(expected[i], path, new int[] {i / 32, i % 32}, 32, out, scale);
          }
        }
        assertArrayEquals(expected, after.get(name), 1e-6f, name);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16"})
  void anAdapterOfOthersIsAddedWithAlphaByRank(String dtype) {
    write(config(), queryAndValue(), dtype);
    assertMerged(10.0 / RANK);
  }

  @Test
  void anAdapterOfAPictureModelIsInItsDecoderAlone() {
    base = TinyPictureModels.folder(folder.resolve("pictures"), "smolvlm", true, "F32", 1);
    String there = "model.text_model.layers.";
    Map<String, long[]> shapes = new TreeMap<>();
    queryAndValue()
        .forEach((name, shape) -> shapes.put(name.replace("model.layers.", there), shape));
    write(config(), shapes, "F32");
    assertMerged(10.0 / RANK, there);
    String encoder = "model.vision_model.encoder.layers.0.self_attn.q_proj.lora_A.weight";
    shapes.put("base_model.model." + encoder, new long[] {RANK, 24});
    write(config(), shapes, "F32"); // as PEFT writes it where q_proj is all that is said
    assertTrue(refusal().contains(encoder), refusal());
  }

  @Test
  void alphaMayBeAFractionAndTheScaleByTheRootOfTheRank() {
    write(config("lora_alpha", 2.5, "use_rslora", true), queryAndValue(), "F32");
    assertMerged(2.5 / Math.sqrt(RANK));
  }

  @Test
  void targetsMayBeAPatternWholePathsOrAllLinear() {
    for (Object targets :
        List.of(
            ".*\\.(q|v)_proj",
            "model\\.layers\\.\\d+\\.self_attn\\.[qv]_proj",
            List.of(
                "model.layers.0.self_attn.q_proj",
                "model.layers.1.self_attn.q_proj",
                "self_attn.v_proj"))) {
      write(config("target_modules", targets), queryAndValue(), "F32");
      assertMerged(10.0 / RANK);
    }
    write(config("target_modules", "all-linear"), queryAndValue(), "F32");
    String message = refusal();
    assertTrue(message.contains("20 problems"), message); // 5 more modules, 2 layers, 2 matrices
    assertTrue(message.contains("layers.1.mlp.down_proj.lora_B.weight is missing"), message);
  }

  @Test
  void anAdapterOfAModelWithoutAHeadHasNamesWithOneWordLess() {
    Map<String, long[]> bare = new TreeMap<>();
    queryAndValue()
        .forEach((name, shape) -> bare.put(name.replace("model.model.", "model."), shape));
    write(config(), bare, "F32");
    try (StoredModel tuned = StoredModel.open(base, adapter)) {
      assertEquals(RANK, tuned.adapter().orElseThrow().rank());
    }
  }

  private String refusal() {
    String message =
        assertThrows(UserException.class, () -> StoredModel.open(base, adapter).close())
            .getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  @Test
  void everySettingThatCannotBeFollowedIsToldAtOnce() {
    ObjectNode config =
        config(
            "peft_type",
            "IA3",
            "use_dora",
            true,
            "r",
            0,
            "lora_alpha",
            "sixteen",
            "modules_to_save",
            List.of("lm_head"),
            "rank_pattern",
            Map.of("q_proj", 8),
            "layers_to_transform",
            List.of(0),
            "bias",
            "lora_only",
            "init_lora_weights",
            "pissa_niter_4",
            "target_modules",
            List.of("q_proj", "query_key_value", "lm_head"));
    write(config, queryAndValue(), "F32");
    String message = refusal();
    for (String part :
        List.of(
            "peft_type (\"IA3\") must be LORA",
            "use_dora (true) must be absent",
            "r (0) must be a positive whole number",
            "lora_alpha (\"sixteen\") must be a number",
            "modules_to_save ([\"lm_head\"]) must be absent",
            "rank_pattern",
            "layers_to_transform ([0])",
            "bias (\"lora_only\") must be none",
            "init_lora_weights (pissa_niter_4)",
            "target_modules (query_key_value) must be linear layers inside the blocks of a llama: down_proj",
            "target_modules (lm_head)")) {
      assertTrue(message.contains(part), part + " in " + message);
    }
    write(config("target_modules", "(q_proj"), queryAndValue(), "F32");
    assertTrue(refusal().contains("must be a pattern"));
    write(config("target_modules", "(([a-z_.0-9]+)+)+!"), queryAndValue(), "F32");
    assertTrue(refusal().contains("it takes too long"));
    write(config("target_modules", "q_proj"), queryAndValue(), "F32");
    assertTrue(refusal().contains("must match paths such as model.layers.0.self_attn.q_proj"));
  }

  @Test
  void everyTensorThatDoesNotFitIsToldAtOnce() {
    Map<String, long[]> shapes = queryAndValue();
    String at = "base_model.model.model.layers.";
    shapes.remove(at + "0.self_attn.v_proj.lora_A.weight");
    shapes.put(at + "1.self_attn.q_proj.lora_B.weight", new long[] {32, 8});
    shapes.put(at + "0.mlp.up_proj.lora_A.weight", new long[] {4, 32});
    write(config(), shapes, "F32");
    String message = refusal();
    assertTrue(message.contains("3 problems"), message);
    assertTrue(message.contains(at + "0.self_attn.v_proj.lora_A.weight is missing"), message);
    assertTrue(message.contains("has shape [32, 8], must be [32, 4]"), message);
    assertTrue(message.contains(at + "0.mlp.up_proj.lora_A.weight is not part of"), message);
  }

  @Test
  void aBaseThatCannotBeFoundIsAskedFor() {
    write(config("base_model_name_or_path", "some-lab/some-model"), queryAndValue(), "F32");
    String message =
        assertThrows(UserException.class, () -> StoredModel.open(adapter)).getMessage();
    assertTrue(message.contains("base_model_name_or_path (some-lab/some-model)"), message);
    assertTrue(message.contains("auspex model merge --base"), message);
    write(config("base_model_name_or_path", "."), queryAndValue(), "F32");
    assertThrows(UserException.class, () -> StoredModel.open(adapter));
    write(config("base_model_name_or_path", "../base"), queryAndValue(), "F32");
    try (StoredModel tuned = StoredModel.open(adapter)) {
      assertEquals(List.of("q_proj", "v_proj"), tuned.adapter().orElseThrow().targets());
    }
  }

  private static float[] logits(StoredModel model) {
    try (Gpt gpt = model.load(DType.FP32);
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      int[] ids = new SplittableRandom(2).ints(20, 0, TinyModels.VOCAB).toArray();
      return gpt.logits(gpt.forward(Tensor.of(ids, 1, 20), null)).toFloats();
    }
  }

  @Test
  void gpt2sJoinedQueriesKeysAndValuesShareOnePair() {
    base = TinyModels.gpt2(folder.resolve("gpt2"), "F32");
    Map<String, long[]> shapes = new TreeMap<>();
    for (int layer = 0; layer < 2; layer++) {
      String at = "base_model.model.transformer.h." + layer + ".";
      shapes.put(at + "attn.c_attn.lora_A.weight", new long[] {RANK, 32});
      shapes.put(at + "attn.c_attn.lora_B.weight", new long[] {96, RANK});
      shapes.put(at + "mlp.c_proj.lora_A.weight", new long[] {RANK, 128});
      shapes.put(at + "mlp.c_proj.lora_B.weight", new long[] {32, RANK});
    }
    ObjectNode config =
        config("target_modules", List.of("c_attn", "mlp.c_proj"), "fan_in_fan_out", true);
    write(config, shapes, "F32");
    Path merged = folder.resolve("merged");
    Path back = folder.resolve("back");
    float[] expected;
    try (StoredModel tuned = StoredModel.open(base, adapter)) {
      expected = logits(tuned);
      tuned.writeHuggingFace(merged, null, Progress.NONE);
      tuned.adapter().orElseThrow().writeNew(back, "../gpt2");
    }
    Map<String, float[]> before;
    try (StoredModel plain = StoredModel.open(base)) {
      before = weights(plain);
    }
    try (StoredModel model = StoredModel.open(merged)) {
      assertArrayEquals(expected, logits(model), 0f);
      float[] keys = weights(model).get("model.layers.1.self_attn.k_proj.weight");
      float own = before.get("model.layers.1.self_attn.k_proj.weight")[5 * 32 + 7];
      String path = "base_model.model.transformer.h.1.attn.c_attn";
      assertEquals(
          merged(own, path, new int[] {32 + 5, 7}, 32, 96, 10.0 / RANK), keys[5 * 32 + 7], 1e-6);
    }
    try (StoredModel model = StoredModel.open(back)) {
      assertArrayEquals(expected, logits(model), 0f);
    }
    ObjectNode written = (ObjectNode) Json.readTree(back.resolve("adapter_config.json"));
    assertEquals("[\"c_attn\",\"mlp.c_proj\"]", written.path("target_modules").toString());
    assertTrue(written.path("fan_in_fan_out").asBoolean(false));
    assertEquals(
        shapes.keySet(),
        new TreeMap<>(shapesIn(back.resolve("adapter_model.safetensors"))).keySet());
  }

  private static Map<String, String> shapesIn(Path file) {
    Map<String, String> shapes = new LinkedHashMap<>();
    SafeTensors.entries(file).forEach(e -> shapes.put(e.name(), Arrays.toString(e.shape())));
    return shapes;
  }
}

package dev.auspex.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.KvCache;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// What is read computes what the file says, and what is written is read back to the last bit.
class StoredModelTest {
  private static final int[] IDS = {0, 17, 203, 299, 5, 64, 64, 128, 7, 250, 33};

  @TempDir private Path folder;

  private Path model(String family, String dtype) {
    Path to = folder.resolve(family + dtype);
    return switch (family) {
      case "gpt2" -> TinyModels.gpt2(to, dtype);
      case "llama-tied" -> TinyModels.llama(to, "llama", true, dtype);
      default -> TinyModels.llama(to, family, family.equals("qwen3"), dtype);
    };
  }

  private static float[] logits(Path path, int... ids) {
    try (StoredModel stored = StoredModel.open(path);
        Gpt model = stored.load(DType.FP32, 32);
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Tensor hidden = model.forward(Tensor.of(ids, 1, ids.length), null);
      return model.logits(hidden.narrow(1, ids.length - 1, 1)).toFloats();
    }
  }

  private static void assertLogits(double[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length);
    for (int id = 0; id < actual.length; id++) {
      assertEquals(expected[id], actual[id], tolerance * (1 + Math.abs(expected[id])), "id " + id);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama,F32",
    "llama,BF16",
    "llama,F16",
    "llama-tied,F32",
    "qwen3,F32",
    "qwen3,BF16",
    "gpt2,F32",
    "gpt2,F16"
  })
  void aFolderComputesWhatTheDefinitionSays(String family, String dtype) throws IOException {
    Path source = model(family, dtype);
    assertLogits(new HuggingFaceReference(source).logits(IDS), logits(source, IDS), 1e-4);
  }

  @Test
  void stretchedRotaryFrequenciesComputeWhatTheDefinitionSays() throws IOException {
    Path source = model("llama", "F32");
    TinyModels.stretchRotaryFrequencies(source);
    double[] expected = new HuggingFaceReference(source).logits(IDS);
    assertLogits(expected, logits(source, IDS), 1e-4);
    Path gguf = folder.resolve("stretched.gguf");
    write(source, gguf, null);
    assertLogits(expected, logits(gguf, IDS), 1e-4);
    Path again = folder.resolve("again");
    write(gguf, again, null);
    assertEquals(
        8, Json.readTree(again.resolve("config.json")).path("rope_scaling").path("factor").asInt());
  }

  @Test
  void gpt2GivesTheSameWithAndWithoutACache() {
    try (StoredModel stored = StoredModel.open(model("gpt2", "F32"));
        Gpt model = stored.load(DType.FP32);
        TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      float[] whole = model.logits(model.forward(Tensor.of(IDS, 1, IDS.length), null)).toFloats();
      KvCache cache = new KvCache(model.config(), 1, IDS.length, DType.FP32);
      model.prepareForInference();
      for (int t = 0; t < IDS.length; t++) {
        float[] one =
            model.logits(model.forward(Tensor.of(new int[] {IDS[t]}, 1, 1), cache)).toFloats();
        for (int id = 0; id < one.length; id++) {
          assertEquals(whole[t * one.length + id], one[id], 1e-4);
        }
      }
    }
  }

  private static void write(Path from, Path to, NumberType type) {
    try (StoredModel stored = StoredModel.open(from)) {
      if (to.toString().endsWith(".gguf")) {
        stored.writeGguf(to, type, Progress.NONE);
      } else {
        stored.writeHuggingFace(to, type, Progress.NONE);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama,F32",
    "llama,BF16",
    "llama,F16",
    "llama-tied,BF16",
    "qwen3,F32",
    "qwen3,BF16",
    "qwen3,F16",
    "gpt2,F32",
    "gpt2,BF16",
    "gpt2,F16"
  })
  void importExportImportKeepsEveryBit(String family, String dtype) throws IOException {
    Path source = model(family, dtype);
    Path first = folder.resolve("first");
    write(source, first, null);
    Path gguf = folder.resolve("model.gguf");
    write(first, gguf, null);
    Path second = folder.resolve("second");
    write(gguf, second, null);
    Path gguf2 = folder.resolve("model2.gguf");
    write(second, gguf2, null);
    assertArrayEquals(
        Files.readAllBytes(first.resolve("model.safetensors")),
        Files.readAllBytes(second.resolve("model.safetensors")));
    assertSameTensors(gguf, gguf2);
    assertEquals(
        Json.readTree(first.resolve("config.json")), Json.readTree(second.resolve("config.json")));
    assertSameNumbers(source, second);
    Tokenizer before = Tokenizer.load(source);
    Tokenizer after = Tokenizer.load(second);
    String text = "the cat sat on 12345 mats, naïvely\n\n  <|end|>";
    assertArrayEquals(before.encode(text), after.encode(text));
    assertEquals(before.specials(), after.specials());
  }

  private static void assertSameTensors(Path a, Path b) {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, StoredTensor> ours = GgufFile.read(a, arena).tensors().readable();
      Map<String, StoredTensor> theirs = GgufFile.read(b, arena).tensors().readable();
      assertEquals(List.copyOf(ours.keySet()), List.copyOf(theirs.keySet()));
      ours.forEach(
          (name, tensor) -> {
            assertEquals(tensor.type(), theirs.get(name).type(), name);
            assertEquals(-1, tensor.data().mismatch(theirs.get(name).data()), name);
          });
    }
  }

  /// By the raw bytes of each tensor, whatever its place in the file.
  private static void assertSameNumbers(Path source, Path written) throws IOException {
    byte[] a = Files.readAllBytes(source.resolve("model.safetensors"));
    byte[] b = Files.readAllBytes(written.resolve("model.safetensors"));
    List<SafeTensors.Entry> theirs = SafeTensors.entries(written.resolve("model.safetensors"));
    for (SafeTensors.Entry entry : SafeTensors.entries(source.resolve("model.safetensors"))) {
      SafeTensors.Entry same =
          theirs.stream().filter(e -> e.name().endsWith(entry.name())).findFirst().orElseThrow();
      assertEquals(entry.dtype(), same.dtype());
      assertArrayEquals(
          java.util.Arrays.copyOfRange(
              a, (int) entry.start(), (int) (entry.start() + entry.length())),
          java.util.Arrays.copyOfRange(b, (int) same.start(), (int) (same.start() + same.length())),
          entry.name());
    }
  }

  @ParameterizedTest
  @CsvSource({"Q8_0,0.05", "Q4_0,0.6"})
  void quantisedFilesStayNearAndAreStableWhenWrittenAgain(NumberType type, double tolerance) {
    Path source = model("llama", "F32");
    Path gguf = folder.resolve("q.gguf");
    write(source, gguf, type);
    Path again = folder.resolve("q2.gguf");
    write(gguf, again, null);
    assertSameTensors(gguf, again);
    float[] exact = logits(source, IDS);
    float[] near = logits(gguf, IDS);
    double error = 0;
    double size = 0;
    for (int id = 0; id < exact.length; id++) {
      error += Math.pow(exact[id] - near[id], 2);
      size += Math.pow(exact[id], 2);
    }
    assertTrue(Math.sqrt(error / size) < tolerance, "relative error " + Math.sqrt(error / size));
    assertTrue(error > 0, "quantising must lose something");
  }

  @Test
  void aShardedFolderIsReadLikeAWholeOne() throws IOException {
    Path source = model("llama", "F32");
    float[] expected = logits(source, IDS);
    Path file = source.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    List<SafeTensors.Entry> entries = SafeTensors.entries(file);
    ObjectNode index = Json.MAPPER.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    for (int shard = 0; shard < 3; shard++) {
      String name = "model-0000%d-of-00003.safetensors".formatted(shard + 1);
      List<SafeTensors.Entry> part = new ArrayList<>();
      for (int i = shard; i < entries.size(); i += 3) {
        part.add(entries.get(i));
        map.put(entries.get(i).name(), name);
      }
      SafeTensors.write(
          source.resolve(name),
          part,
          Map.of(),
          (entry, out) -> out.write(bytes, (int) entry.start(), (int) entry.length()));
    }
    Json.write(source.resolve("model.safetensors.index.json"), index);
    Files.delete(file);
    assertArrayEquals(expected, logits(source, IDS));
  }

  @Test
  void theExportedTokenizerPutsTheStartTokenInFrontInHuggingFaceTokenizers() throws IOException {
    Path out = folder.resolve("out");
    write(model("llama", "F32"), out, null);
    Map<String, String> options = Map.of("addSpecialTokens", "true", "truncation", "false");
    try (HuggingFaceTokenizer theirs =
            HuggingFaceTokenizer.newInstance(out.resolve("tokenizer.json"), options);
        StoredModel stored = StoredModel.open(out)) {
      List<Integer> ours = stored.rules().promptIds(stored.tokenizer(), "the cat sat");
      long[] ids = theirs.encode("the cat sat", true, false).getIds();
      assertEquals(ours, java.util.Arrays.stream(ids).mapToObj(id -> (int) id).toList());
      assertEquals(List.of(0, 5), stored.rules().ends());
      assertEquals(TokenRules.CHAT_TEMPLATE, stored.rules().chatTemplate());
    }
  }

  @Test
  void rulesSurviveTheWayThroughGguf() {
    Path gguf = folder.resolve("x.gguf");
    write(model("qwen3", "BF16"), gguf, null);
    try (StoredModel stored = StoredModel.open(gguf)) {
      assertEquals(
          new TokenRules(0, true, List.of(0, 5), TokenRules.CHAT_TEMPLATE), stored.rules());
    }
    write(model("gpt2", "F32"), gguf, NumberType.F32);
    try (StoredModel stored = StoredModel.open(gguf)) {
      assertEquals(Family.GPT2, stored.family());
    }
  }

  @ParameterizedTest
  @CsvSource({"gpt-2", "llama-spm"})
  void vocabulariesOfLlamaCppGiveItsIds(String name) throws IOException {
    Path file = shared("tokenizers/ggml_vocab/ggml-vocab-" + name + ".gguf");
    Tokenizer tokenizer;
    try (Arena arena = Arena.ofConfined()) {
      Map<String, Object> metadata = GgufFile.read(file, arena).metadata();
      tokenizer = GgufModel.vocabulary(metadata).tokenizer(file);
    }
    String[] texts = Files.readString(Path.of(file + ".inp")).split("\n__ggml_vocab_test__\n", -1);
    List<String> lines = Files.readAllLines(Path.of(file + ".out"));
    for (int i = 0; i < lines.size(); i++) {
      int[] expected =
          java.util.Arrays.stream(lines.get(i).strip().split("\\s+"))
              .filter(id -> !id.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      String text = texts[i];
      assertArrayEquals(expected, tokenizer.encode(text), () -> Json.line(text));
    }
    assertTrue(lines.size() > 40);
  }

  @Test
  void stories260KWritesWhatLlama2cWrites() {
    Path file = shared("models/stories260K/stories260K.bin");
    Path gguf = folder.resolve("stories.gguf");
    write(file, gguf, null);
    Path hf = folder.resolve("stories");
    write(gguf, hf, null);
    float[] expected = new float[512];
    var golden = Json.readTree(file.resolveSibling("golden.json"));
    for (int id = 0; id < 512; id++) {
      expected[id] = (float) golden.path("logits_pos0").get(id).asDouble();
    }
    for (Path path : List.of(file, gguf, hf)) {
      assertArrayEquals(expected, logits(path, 1), 1e-4f);
      int[] ids = {1, 0, 0, 0, 0, 0};
      for (int t = 1; t < ids.length; t++) {
        ids[t] = golden.path("greedy_ids").get(t - 1).asInt();
      }
      float[] next = logits(path, ids);
      int best = 0;
      for (int id = 1; id < next.length; id++) {
        best = next[id] > next[best] ? id : best;
      }
      assertEquals(golden.path("greedy_ids").get(ids.length - 1).asInt(), best);
    }
  }

  @Test
  void aLlama2cFileMayHaveSentencePiecesOwnVocabularyBeside() {
    Path file = shared("models/babyllama105/model5000.bin");
    Path hf = folder.resolve("baby");
    write(file, hf, null);
    var golden = Json.readTree(file.resolveSibling("golden.json"));
    float[] expected = new float[105];
    for (int id = 0; id < 105; id++) {
      expected[id] = (float) golden.path("logits_pos0").get(id).asDouble();
    }
    for (Path path : List.of(file, hf)) {
      assertArrayEquals(expected, logits(path, 1), 1e-3f);
      try (StoredModel stored = StoredModel.open(path)) {
        assertEquals(
            List.of(1, 3, 34, 9, 22, 4), stored.rules().promptIds(stored.tokenizer(), "Once"));
      }
    }
  }

  @Test
  void aModelWithoutATemplateGetsNone() {
    try (StoredModel stored = StoredModel.open(shared("models/stories260K/stories260K.bin"))) {
      assertNull(stored.rules().chatTemplate());
      assertNotNull(stored.tokenizer());
      assertEquals(260_032, stored.numParams());
    }
  }

  private static Path shared(String name) {
    Path path = Path.of(System.getProperty("auspex.shared", "../shared/data")).resolve(name);
    Assumptions.assumeTrue(Files.exists(path), () -> path + " is absent");
    return path;
  }
}

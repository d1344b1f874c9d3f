package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.generate.Generation;
import dev.auspex.generate.GenerationRequest;
import dev.auspex.generate.Generator;
import dev.auspex.generate.SamplingConfig;
import dev.auspex.interchange.StoredModel;
import dev.auspex.interchange.TinyModels;
import dev.auspex.io.Json;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Our numbers beside llama.cpp's on the same GGUF files: greedy tokens, log-probabilities,
/// perplexity, token ids. Needs `NODE_LLAMA_CPP`, a folder where node-llama-cpp is installed.
@Tag("slow")
class LlamaCppTest {
  private static final int PROMPTS = 20;
  private static final int TOKENS = 200;

  @TempDir private Path folder;

  /// What two runs differ in.
  record Comparison(
      String model,
      int sameGreedy,
      double largestLogprobDifference,
      double shareWithinOneHundredth,
      double largestGapWhereGreedyParts,
      double ourPerplexity,
      double theirPerplexity,
      int sameIds) {}

  @Test
  void aModelTrainedHereRunsTheSame() throws Exception {
    Path text = shared("pretrain/prose_en/tinyshakespeare.txt");
    requireNode();
    Path vocabulary = folder.resolve("tokenizer.json");
    run(
        "tokenizer",
        "train",
        "--source",
        text.toString(),
        "--vocab-size",
        "1024",
        "--pattern",
        "cl100k",
        "--out",
        vocabulary.toString());
    Path data = folder.resolve("data");
    run(
        "data",
        "build",
        "--source",
        text.toString(),
        "--tokenizer",
        vocabulary.toString(),
        "--heldout-by",
        "tail",
        "--out",
        data.toString());
    Path trained = folder.resolve("run");
    run(
        "train",
        "--preset",
        "tiny",
        "--data",
        data.toString(),
        "--dir",
        trained.toString(),
        "model.vocab_size=1024",
        "model.dim=128",
        "model.num_layers=4",
        "model.num_kv_heads=2",
        "model.head_dim=32",
        "model.ffn_dim=352",
        "model.mup.base_dim=64",
        "model.mup.base_layers=2",
        "steps=150");
    String[] lines = Files.readString(text).split("\n\n");
    compareAll(trained, lines, 4_000);
  }

  @Test
  void stories260KRunsTheSame() throws Exception {
    Path model = shared("models/stories260K/stories260K.bin");
    requireNode();
    List<String> texts = new ArrayList<>();
    JsonNode golden = Json.readTree(model.resolveSibling("golden.json"));
    golden.path("encode_vectors").forEach(vector -> texts.add(vector.path("text").asString()));
    compareAll(model, texts.toArray(String[]::new), 0);
  }

  @Test
  void otherFamiliesRunTheSame() throws Exception {
    requireNode();
    String[] texts = new String[PROMPTS];
    for (int i = 0; i < PROMPTS; i++) {
      texts[i] =
          "the rat number " + i * 137 + " sat on the cat; don't\n\n  tell the mat. ".repeat(2);
    }
    compareExact(TinyModels.llama(folder.resolve("qwen3"), "qwen3", true, "F32"), texts, 0);
    Path stretched = TinyModels.llama(folder.resolve("stretched"), "llama", false, "F32");
    TinyModels.stretchRotaryFrequencies(stretched);
    compareExact(stretched, texts, 0);
    // llama.cpp looks GELU up in a table of half-precision numbers.
    Path gpt2 = export(TinyModels.gpt2(folder.resolve("gpt2"), "F32"), "f32");
    Comparison comparison = compare(gpt2, texts, 0);
    System.out.println(Json.line(comparison));
    assertTrue(comparison.largestLogprobDifference <= 1e-2, comparison::toString);
    assertTrue(comparison.largestGapWhereGreedyParts <= 1e-3, comparison::toString);
    assertSamePerplexity(comparison, 1e-3);
  }

  private void compareAll(Path source, String[] texts, int first) throws Exception {
    compareExact(source, texts, first);
    compareRounded(source, texts, first);
    for (String type : List.of("f16", "q8_0", "q4_0")) {
      Comparison comparison = compare(export(source, type), texts, first);
      System.out.println(Json.line(comparison));
      assertSamePerplexity(comparison, 1e-2); // llama.cpp rounds activations to 8 bits with them
    }
  }

  /// Weights in F32, and rounded to BF16 but stored as F32: both multiply in FP32.
  private void compareExact(Path source, String[] texts, int first) throws Exception {
    Path exact = export(source, "f32");
    for (Path gguf : List.of(exact, export(export(source, "bf16"), "f32"))) {
      Comparison comparison = compare(gguf, texts, first);
      System.out.println(Json.line(comparison));
      assertEquals(PROMPTS, comparison.sameIds, comparison::toString);
      assertEquals(PROMPTS, comparison.sameGreedy, comparison::toString);
      assertTrue(comparison.largestLogprobDifference <= 1e-3, comparison::toString);
      assertSamePerplexity(comparison, 1e-5);
    }
  }

  /// Weights in BF16: llama.cpp also rounds every activation to BF16 before it multiplies, which
  /// ours does not. There the tokens may part where two are about as likely.
  private void compareRounded(Path source, String[] texts, int first) throws Exception {
    Comparison comparison = compare(export(source, "bf16"), texts, first);
    System.out.println(Json.line(comparison));
    assertTrue(comparison.shareWithinOneHundredth > 0.9, comparison::toString);
    assertTrue(comparison.largestLogprobDifference <= 0.1, comparison::toString);
    assertTrue(comparison.largestGapWhereGreedyParts <= 0.1, comparison::toString);
    assertSamePerplexity(comparison, 1e-3);
  }

  private static void assertSamePerplexity(Comparison comparison, double tolerance) {
    double ratio = comparison.ourPerplexity / comparison.theirPerplexity;
    assertEquals(1, ratio, tolerance, comparison::toString);
  }

  private Path export(Path source, String type) {
    Path gguf = folder.resolve(source.getFileName() + "-" + type + ".gguf");
    run(
        "model",
        "export",
        "gguf",
        "--model",
        source.toString(),
        "--out",
        gguf.toString(),
        "--type",
        type);
    return gguf;
  }

  private Comparison compare(Path gguf, String[] texts, int first) throws Exception {
    try (StoredModel stored = StoredModel.open(gguf);
        Gpt model = stored.load(DType.FP32)) {
      Tokenizer tokenizer = stored.tokenizer();
      Generator generator = new Generator(model, tokenizer, List.of());
      List<Map<String, Object>> greedy = new ArrayList<>();
      List<List<Integer>> ours = new ArrayList<>();
      List<List<Integer>> sequences = new ArrayList<>();
      List<String> asked = new ArrayList<>();
      for (int i = 0; i < PROMPTS; i++) {
        String text = texts[first + i];
        List<Integer> whole = stored.rules().promptIds(tokenizer, text);
        List<Integer> prompt = whole.subList(0, Math.min(whole.size(), 3 + i));
        SamplingConfig argmax = new SamplingConfig(0, 0, 1, 0, 0);
        Generation written =
            generator.generate(
                new GenerationRequest(prompt, TOKENS, argmax, List.of(), false), _ -> {});
        asked.add(text);
        greedy.add(Map.of("prompt", prompt, "count", TOKENS));
        ours.add(written.ids());
        sequences.add(whole.subList(0, Math.min(whole.size(), model.config().contextLength())));
      }
      Map<String, Object> request = new LinkedHashMap<>();
      request.put("greedy", greedy);
      request.put("sequences", sequences);
      request.put("texts", asked);
      JsonNode theirs = llamaCpp(gguf, request);
      return comparison(gguf.getFileName().toString(), model, tokenizer, request, ours, theirs);
    }
  }

  @SuppressWarnings("unchecked")
  private static Comparison comparison(
      String name,
      Gpt model,
      Tokenizer tokenizer,
      Map<String, Object> request,
      List<List<Integer>> ours,
      JsonNode theirs) {
    int sameGreedy = 0;
    int sameIds = 0;
    double largest = 0;
    double gap = 0;
    int close = 0;
    double ourSum = 0;
    double theirSum = 0;
    int count = 0;
    for (int i = 0; i < PROMPTS; i++) {
      String text = ((List<String>) request.get("texts")).get(i);
      sameIds += ints(theirs.path("ids").get(i)).equals(boxed(tokenizer.encode(text))) ? 1 : 0;
      List<Integer> their = ints(theirs.path("greedy").get(i));
      sameGreedy += their.equals(ours.get(i)) ? 1 : 0;
      List<Map<String, Object>> greedy = (List<Map<String, Object>>) request.get("greedy");
      gap =
          Math.max(
              gap, gap(model, (List<Integer>) greedy.get(i).get("prompt"), ours.get(i), their));
      double[] logprobs = logprobs(model, ((List<List<Integer>>) request.get("sequences")).get(i));
      for (int t = 0; t < logprobs.length; t++) {
        double theirLogprob = theirs.path("logprobs").get(i).get(t).asDouble();
        double difference = Math.abs(logprobs[t] - theirLogprob);
        largest = Math.max(largest, difference);
        close += difference <= 1e-2 ? 1 : 0;
        ourSum += logprobs[t];
        theirSum += theirLogprob;
        count++;
      }
    }
    return new Comparison(
        name,
        sameGreedy,
        largest,
        (double) close / count,
        gap,
        Math.exp(-ourSum / count),
        Math.exp(-theirSum / count),
        sameIds);
  }

  /// By how much our token is likelier than theirs where they first differ; 0 where they never do.
  private static double gap(
      Gpt model, List<Integer> prompt, List<Integer> ours, List<Integer> theirs) {
    int at = 0;
    while (at < ours.size() && ours.get(at).equals(theirs.get(at))) {
      at++;
    }
    if (at == ours.size()) {
      return 0;
    }
    List<Integer> context = new ArrayList<>(prompt);
    context.addAll(ours.subList(0, at));
    List<Integer> other = new ArrayList<>(context);
    context.add(ours.get(at));
    other.add(theirs.get(at));
    double[] mine = logprobs(model, context);
    return mine[mine.length - 1] - logprobs(model, other)[mine.length - 1];
  }

  private static List<Integer> ints(JsonNode list) {
    List<Integer> ints = new ArrayList<>();
    list.forEach(id -> ints.add(id.asInt()));
    return ints;
  }

  private static List<Integer> boxed(int[] ids) {
    return java.util.Arrays.stream(ids).boxed().toList();
  }

  /// Log-probability of each token after the first.
  private static double[] logprobs(Gpt model, List<Integer> ids) {
    int[] inputs = ids.subList(0, ids.size() - 1).stream().mapToInt(Integer::intValue).toArray();
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Tensor hidden = model.forward(Tensor.of(inputs, 1, inputs.length), null);
      float[] logits = model.logits(hidden).toFloats();
      int vocab = model.config().vocabSize();
      double[] logprobs = new double[inputs.length];
      for (int t = 0; t < inputs.length; t++) {
        double max = Double.NEGATIVE_INFINITY;
        for (int id = 0; id < vocab; id++) {
          max = Math.max(max, logits[t * vocab + id]);
        }
        double sum = 0;
        for (int id = 0; id < vocab; id++) {
          sum += Math.exp(logits[t * vocab + id] - max);
        }
        logprobs[t] = logits[t * vocab + ids.get(t + 1)] - max - Math.log(sum);
      }
      return logprobs;
    }
  }

  private JsonNode llamaCpp(Path gguf, Map<String, Object> request) throws Exception {
    Path file = folder.resolve("request.json");
    Path answer = folder.resolve("answer.json");
    Json.write(file, request);
    Process process =
        new ProcessBuilder("node", "bench/llama_cpp.mjs", gguf.toString(), file.toString())
            .redirectOutput(answer.toFile())
            .redirectError(folder.resolve("errors.txt").toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> read(folder.resolve("errors.txt")));
    return Json.readTree(answer);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void requireNode() {
    String where = System.getenv("NODE_LLAMA_CPP");
    Assumptions.assumeTrue(
        where != null && Files.isDirectory(Path.of(where, "node_modules", "node-llama-cpp")),
        "NODE_LLAMA_CPP names no folder with node-llama-cpp");
  }

  private static Path shared(String name) {
    Path path = Path.of(System.getProperty("auspex.shared", "../shared/data")).resolve(name);
    Assumptions.assumeTrue(Files.exists(path), () -> path + " is absent");
    return path;
  }

  private static void run(String... args) {
    CliRun.of((Object[]) args).ending(0);
  }
}

package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.interchange.TinyModels;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `auspex train --init` and what follows it, from end to end.
class TuningCommandTest {
  private static final String EVERY_STEP = "checkpoint.every_seconds=0.000001";
  private static final String KEEP = "checkpoint.keep=100";

  @TempDir private Path folder;
  private Path text = Path.of("");

  private static CliRun auspex(List<Object> words) {
    return CliRun.of(words.toArray());
  }

  private static CliRun auspex(Object... words) {
    return CliRun.of(words);
  }

  @BeforeEach
  void writeText() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 1500; i++) {
      lines.append("the cat sat on mat ").append(i * 7 % 13).append(", and the rat sat too.\n");
    }
    text = Files.writeString(folder.resolve("text.txt"), lines);
  }

  private CliRun train(String preset, Path init, Path run, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of("train", "--preset", preset, "--init", init, "--data", text, "--dir", run));
    words.addAll(
        List.of(
            "--json",
            "steps=14",
            "threads=1",
            "model.context_length=32",
            "batch_size=8",
            "optimizer.learning_rate=0.01",
            "eval.every_steps=0",
            "eval.final_windows=8",
            "text.heldout=0.05"));
    words.addAll(List.of(more));
    return auspex(words);
  }

  private static List<Double> losses(Path run) throws IOException {
    try (Stream<String> lines = Files.lines(run.resolve("metrics.jsonl"))) {
      return lines
          .map(line -> Json.MAPPER.readTree(line).path("loss"))
          .filter(JsonNode::isNumber)
          .map(JsonNode::asDouble)
          .toList();
    }
  }

  private static JsonNode written(Path model) {
    return auspex(
            "generate",
            "--model",
            model,
            "--prompt",
            "the cat",
            "--max-tokens",
            20,
            "--temperature",
            0,
            "--logprobs",
            "--json")
        .json();
  }

  private static void assertSame(JsonNode expected, Path model, double tolerance) {
    JsonNode found = written(model);
    assertEquals(expected.path("ids"), found.path("ids"), model::toString);
    for (int i = 0; i < expected.path("logprobs").size(); i++) {
      assertEquals(
          expected.path("logprobs").get(i).asDouble(),
          found.path("logprobs").get(i).asDouble(),
          tolerance);
    }
  }

  /// What a process that was killed after six steps leaves behind.
  private static void killAfterSixSteps(Path run) throws IOException {
    try (Stream<Path> checkpoints = Files.list(run.resolve("checkpoints"))) {
      for (Path checkpoint : checkpoints.toList()) {
        if (Integer.parseInt(checkpoint.getFileName().toString().substring(5)) > 6) {
          AtomicFiles.deleteTree(checkpoint);
        }
      }
    }
    AtomicFiles.deleteTree(run.resolve("model"));
    Files.delete(run.resolve("result.json"));
  }

  @Test
  void anAdapterIsTrainedResumedMergedAndHandedOut() throws IOException {
    Path base = TinyModels.llama(folder.resolve("base"), "qwen3", true, "F32");
    adapterRoundTrip(base, folder.resolve("run"), 0.5);
  }

  @Test
  void anAdapterOfStories260KLikewise() throws IOException {
    Path source =
        Path.of(System.getProperty("auspex.shared", "../shared/data"))
            .resolve("models/stories260K/stories260K.bin");
    Assumptions.assumeTrue(Files.exists(source), () -> source + " is absent");
    Path base = folder.resolve("stories");
    auspex("model", "import", source, "--out", base, "--json").json();
    adapterRoundTrip(base, folder.resolve("run"), 0.5);
  }

  private void adapterRoundTrip(Path base, Path run, double least) throws IOException {
    JsonNode result = train("lora", base, run, "dtype=fp32", EVERY_STEP, KEEP).json();
    List<Double> losses = losses(run);
    assertEquals(14, losses.size());
    assertTrue(losses.getLast() < losses.getFirst() - least, losses::toString);
    String weights = Hashes.sha256(run.resolve("base/model.safetensors"));
    JsonNode manifest = Json.readTree(run.resolve("manifest.json"));
    assertEquals(weights, manifest.path("hashes").path("init").asString());
    assertTrue(Files.readString(run.resolve("config.yaml")).contains(weights));
    byte[] adapter = Files.readAllBytes(run.resolve("model/adapter_model.safetensors"));
    killAfterSixSteps(run);
    assertEquals(
        result.path("heldout_bpb"),
        auspex("train", "--resume", run, "--json").json().path("heldout_bpb"));
    assertArrayEquals(adapter, Files.readAllBytes(run.resolve("model/adapter_model.safetensors")));
    assertEquals(losses, losses(run));
    assertEquals(weights, Hashes.sha256(run.resolve("base/model.safetensors")));
    handOut(run);
  }

  private void handOut(Path run) {
    JsonNode expected = written(run);
    Path merged = folder.resolve("merged");
    auspex("model", "merge", "--adapter", run, "--out", merged, "--json").json();
    assertSame(expected, merged, 0);
    Path byHand = folder.resolve("by-hand");
    auspex(
            "model",
            "merge",
            "--base",
            run.resolve("base"),
            "--adapter",
            run.resolve("model"),
            "--out",
            byHand,
            "--json")
        .json();
    assertSame(expected, byHand, 0);
    Path hf = folder.resolve("hf");
    auspex("model", "export", "hf", "--model", run, "--out", hf, "--json").json();
    assertSame(expected, hf, 0);
    Path gguf = folder.resolve("tuned.gguf");
    auspex("model", "export", "gguf", "--model", merged, "--out", gguf, "--json").json();
    assertSame(expected, gguf, 1e-5);
    Path peft = folder.resolve("peft");
    JsonNode exported =
        auspex("model", "export", "peft", "--model", run, "--out", peft, "--json").json();
    assertEquals(8, exported.path("adapter").path("rank").asInt());
    assertSame(expected, peft, 0);
  }

  @Test
  void theAdaptersFilesAreThoseOfPeft() throws IOException {
    Path base = TinyModels.llama(folder.resolve("base"), "llama", false, "BF16");
    Path run = folder.resolve("run");
    train(
            "lora",
            base,
            run,
            "steps=2",
            "lora.rank=3",
            "lora.alpha=4.5",
            "lora.target_modules=[q_proj, down_proj]")
        .json();
    JsonNode config = Json.readTree(run.resolve("model/adapter_config.json"));
    assertEquals("LORA", config.path("peft_type").asString());
    assertEquals("CAUSAL_LM", config.path("task_type").asString());
    assertEquals(3, config.path("r").asInt());
    assertEquals(4.5, config.path("lora_alpha").asDouble());
    assertEquals("[\"down_proj\",\"q_proj\"]", config.path("target_modules").toString());
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(run.resolve("model/adapter_model.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) file.getLong()];
    file.get(header);
    JsonNode tensors = Json.MAPPER.readTree(header);
    TreeSet<String> found = new TreeSet<>();
    tensors
        .properties()
        .forEach(
            entry -> {
              if (!entry.getKey().equals("__metadata__")) {
                found.add(
                    entry.getKey()
                        + " "
                        + entry.getValue().path("dtype").asString()
                        + entry.getValue().path("shape"));
              }
            });
    TreeSet<String> expected = new TreeSet<>();
    for (int layer = 0; layer < 2; layer++) {
      String at = "base_model.model.model.layers." + layer + ".";
      expected.add(at + "self_attn.q_proj.lora_A.weight F32[3,32]");
      expected.add(at + "self_attn.q_proj.lora_B.weight F32[32,3]");
      expected.add(at + "mlp.down_proj.lora_A.weight F32[3,64]");
      expected.add(at + "mlp.down_proj.lora_B.weight F32[32,3]");
    }
    assertEquals(expected, found);
  }

  @Test
  void aGpt2IsTunedByLoraAndWhole() throws IOException {
    Path base = TinyModels.gpt2(folder.resolve("base"), "F32");
    Path run = folder.resolve("lora");
    train(
            "lora",
            base,
            run,
            "lora.target_modules=[c_attn, attn.c_proj]",
            "recompute_activations=true")
        .json();
    List<Double> losses = losses(run);
    assertTrue(losses.getLast() < losses.getFirst() - 0.2, losses::toString);
    Path merged = folder.resolve("merged");
    auspex("model", "merge", "--adapter", run, "--out", merged, "--json").json();
    assertSame(written(run), merged, 0);
    Path whole = folder.resolve("whole");
    train("finetune", base, whole, "optimizer.learning_rate=0.003").json();
    losses = losses(whole);
    assertTrue(losses.getLast() < losses.getFirst() - 0.5, losses::toString);
    assertEquals("gpt2", auspex("model", "info", whole, "--json").json().path("family").asString());
  }

  @Test
  void everyWeightOfAGivenModelIsTrainedFurtherAndResumed() throws IOException {
    Path base = TinyModels.llama(folder.resolve("base"), "llama", false, "BF16");
    TinyModels.stretchRotaryFrequencies(base);
    Path run = folder.resolve("run");
    train("finetune", base, run, "optimizer.learning_rate=0.003", EVERY_STEP, KEEP).json();
    List<Double> losses = losses(run);
    assertTrue(losses.getLast() < losses.getFirst() - 0.5, losses::toString);
    byte[] weights = Files.readAllBytes(run.resolve("model/model.safetensors"));
    killAfterSixSteps(run);
    auspex("train", "--resume", run, "--json").json();
    assertArrayEquals(weights, Files.readAllBytes(run.resolve("model/model.safetensors")));
    JsonNode config = Json.readTree(run.resolve("model/config.json"));
    assertEquals(256, config.path("max_position_embeddings").asInt());
    assertEquals("llama3", config.path("rope_scaling").path("rope_type").asString());
    Path again = folder.resolve("again"); // a run and its adapter are models to start from too
    train("lora", run, again, "steps=2").json();
    train("lora", again, folder.resolve("third"), "steps=2").json();
  }

  @Test
  void theFirstStepsLossIsThatOfTheModelItself() throws IOException {
    Path base = TinyModels.llama(folder.resolve("base"), "llama", true, "F32");
    train("lora", base, folder.resolve("lora"), "dtype=fp32", "steps=1").json();
    train("finetune", base, folder.resolve("whole"), "dtype=fp32", "steps=1").json();
    assertEquals(
        losses(folder.resolve("whole")).getFirst(),
        losses(folder.resolve("lora")).getFirst(),
        1e-6); // one by hand, one by autograd
  }

  @Test
  void twoWorkersTrainTheAdapterOfOne() throws IOException {
    Path base = TinyModels.llama(folder.resolve("base"), "llama", true, "F32");
    train("lora", base, folder.resolve("one"), "steps=4", "micro_batch_size=2").json();
    train("lora", base, folder.resolve("two"), "steps=4", "micro_batch_size=2", "--workers", 2)
        .json();
    String file = "model/adapter_model.safetensors";
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("one").resolve(file)),
        Files.readAllBytes(folder.resolve("two").resolve(file)));
  }

  @Test
  void aDryRunTellsWhatIsTrained() {
    Path base = TinyModels.llama(folder.resolve("base"), "llama", false, "F32");
    JsonNode whole = train("finetune", base, folder.resolve("run"), "--dry-run").json();
    JsonNode lora = train("lora", base, folder.resolve("run"), "--dry-run").json();
    long parameters = whole.path("parameters").asLong();
    long added = 8 * 2 * (4 * 32 + 32 + 2 * 16 + 32 + 3 * (32 + 64)); // rank, layers, in + out
    assertEquals(parameters, whole.path("trained_parameters").asLong());
    assertEquals(added, lora.path("trained_parameters").asLong());
    assertEquals(parameters + added, lora.path("parameters").asLong());
    assertEquals(32, lora.path("config").path("model").path("dim").asInt());
    assertEquals(32, lora.path("config").path("model").path("context_length").asInt());
    assertTrue(lora.path("memory_bytes").asLong() < whole.path("memory_bytes").asLong());
    assertFalse(Files.exists(folder.resolve("run")));
  }

  private void assertMistake(String part, CliRun outcome) {
    assertEquals(2, outcome.code(), outcome.err());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().contains(part), outcome.err());
  }

  @Test
  void mistakesAreOneLineAndExitCode2() throws IOException {
    Path base = TinyModels.llama(folder.resolve("base"), "llama", false, "F32");
    Path run = folder.resolve("run");
    CliRun both = train("lora", base, run, "model.dim=64", "model.mup.base_dim=8");
    assertMistake("model.dim (64) must be 32, as the model of --init has it", both);
    assertMistake("model.mup.base_dim (8) must be 32", both);
    assertMistake(
        "model.context_length (512) must be at most 256",
        train("lora", base, run, "model.context_length=512"));
    assertMistake("lora.rank (0) must be at least 1", train("lora", base, run, "lora.rank=0"));
    assertMistake(
        "lora.target_modules (c_attn) must name linear layers of a llama: down_proj",
        train("lora", base, run, "lora.target_modules=[c_attn, q_proj]"));
    assertMistake("does not exist", train("lora", folder.resolve("absent"), run));
    assertMistake(
        "init () must name the model to start from",
        auspex("train", "--preset", "lora", "--data", text, "--dir", run));
    Path data = folder.resolve("data");
    auspex("data", "build", "--source", text, "--vocab-size", 300, "--out", data, "--json").json();
    text = data;
    assertMistake("must be text, or made with the vocabulary of", train("lora", base, run));
    assertMistake(
        "must be an adapter or a run that trained one",
        auspex("model", "merge", "--adapter", base, "--out", folder.resolve("x")));
    assertMistake(
        "must be an adapter or a run that trained one",
        auspex("model", "export", "peft", "--model", base, "--out", folder.resolve("x")));
  }

  @Test
  void aBaseThatWasChangedStopsTheRun() throws IOException {
    Path base = TinyModels.llama(folder.resolve("base"), "llama", true, "F32");
    Path run = folder.resolve("run");
    train("lora", base, run, EVERY_STEP, KEEP).json();
    killAfterSixSteps(run);
    Path weights = run.resolve("base/model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertMistake("must have the SHA-256", auspex("train", "--resume", run));
  }
}

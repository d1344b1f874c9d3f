package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.checkpoint.SafeTensors;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/// A real run folder, damaged in every way a disk or a hand may: resuming takes the checkpoint
/// before and ends in the bits of the undamaged run; where there is none, one line tells the cause
/// and the cure. No file is deleted either way.
class DamagedRunTest {
  private static final String MODEL = "model.safetensors";
  private static final String STATE = "state.json";
  private static final String OPTIMIZER = "optimizer-00000-of-00001.safetensors";

  @TempDir private static Path shared;
  @TempDir private Path folder;

  /// Does something to a folder.
  private interface Blow {
    void to(Path folder) throws IOException;
  }

  /// What becomes of a checkpoint, and what must be told about it.
  private enum Damage {
    WEIGHTS_CUT(MODEL, at -> cut(at.resolve(MODEL), 1000)),
    WEIGHTS_EMPTY(MODEL, at -> cut(at.resolve(MODEL), 0)),
    WEIGHTS_FLIPPED_IN_HEADER(MODEL, at -> flip(at.resolve(MODEL), 20)),
    WEIGHTS_FLIPPED_IN_LENGTH(MODEL, at -> flip(at.resolve(MODEL), 2)),
    WEIGHTS_FLIPPED_IN_DATA(MODEL, at -> flip(at.resolve(MODEL), -5)),
    WEIGHTS_MISSING(MODEL, at -> Files.delete(at.resolve(MODEL))),
    WEIGHTS_A_FOLDER(
        MODEL,
        at -> {
          Files.move(at.resolve(MODEL), at.resolve("elsewhere"));
          Files.createDirectory(at.resolve(MODEL));
        }),
    OPTIMIZER_CUT(OPTIMIZER, at -> cut(at.resolve(OPTIMIZER), 5)),
    OPTIMIZER_FLIPPED(OPTIMIZER, at -> flip(at.resolve(OPTIMIZER), -1)),
    OPTIMIZER_MISSING(OPTIMIZER, at -> Files.delete(at.resolve(OPTIMIZER))),
    STATE_CUT(STATE, at -> cut(at.resolve(STATE), 40)),
    STATE_EMPTY(STATE, at -> cut(at.resolve(STATE), 0)),
    STATE_MISSING(STATE, at -> Files.delete(at.resolve(STATE))),
    STATE_NULL(STATE, at -> Files.writeString(at.resolve(STATE), "null")),
    STATE_WITH_ANOTHER_LOSS(STATE, at -> change(at, state -> state.put("train_loss", 1.25), false)),
    STATE_WITH_A_WRONG_TYPE(STATE, at -> change(at, state -> state.put("tokens", "many"), true)),
    STATE_OF_ANOTHER_VERSION(STATE, at -> change(at, state -> state.put("format", 2), true)),
    STATE_OF_ANOTHER_STEP(STATE, at -> change(at, state -> state.put("step", 7), true)),
    STATE_WITHOUT_HASHES(STATE, at -> change(at, state -> state.putObject("files"), true)),
    STATE_WITH_A_SHORT_HASH(
        MODEL, at -> change(at, state -> files(state).put(MODEL, "12ab"), true)),
    STATE_POINTING_OUTSIDE(
        STATE, at -> change(at, state -> files(state).put("../config.yaml", "0"), true)),
    TENSOR_OF_ANOTHER_SHAPE("must fit the run's config.yaml", DamagedRunTest::reshape),
    CHECKPOINT_EMPTY(STATE, DamagedRunTest::empty),
    CHECKPOINT_A_FILE(
        STATE,
        at -> {
          empty(at);
          Files.delete(at);
          Files.writeString(at, "");
        });

    private final String told;
    private final Blow blow;

    Damage(String told, Blow blow) {
      this.told = told;
      this.blow = blow;
    }
  }

  @BeforeAll
  static void trainToTheEndThenForgetTheEnd() throws IOException {
    Path text = shared.resolve("text.txt");
    Files.writeString(text, "It was the best of times, it was the worst.\n".repeat(500));
    Path run = shared.resolve("run");
    CliRun.of(
            "train",
            "--preset=shakespeare-char",
            "--data=" + text,
            "--dir=" + run,
            "threads=1",
            "steps=6",
            "model.dim=32",
            "model.num_layers=1",
            "model.num_heads=1",
            "model.num_kv_heads=1",
            "model.head_dim=32",
            "model.ffn_dim=64",
            "batch_size=2",
            "micro_batch_size=2",
            "eval.final_windows=4",
            "checkpoint.every_seconds=1e-9",
            "checkpoint.keep=2")
        .ending(0);
    Files.move(run.resolve("model"), shared.resolve("model"));
    Files.delete(run.resolve("result.json"));
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedCheckpointIsSetAsideForTheOneBefore(Damage damage) throws IOException {
    Path run = copy();
    Path newest = run.resolve("checkpoints/step-6");
    damage.blow.to(newest);
    Map<String, String> damaged = hashes(newest);
    String older = older(run).getFileName().toString().replace('-', ' ');
    CliRun resumed = resume(run).ending(0);
    assertTrue(resumed.err().contains(damage.told), resumed.err());
    assertTrue(resumed.err().contains("set aside as damaged-step-6"), resumed.err());
    assertTrue(resumed.err().contains("the one before, " + older), resumed.err());
    assertEquals(damaged, hashes(run.resolve("checkpoints/damaged-step-6")));
    assertSameModel(run);
    assertTrue(Files.exists(newest.resolve(STATE)), "step 6 must be written anew");
  }

  @ParameterizedTest
  @EnumSource
  void whereAllAreDamagedOneLineTellsCauseAndCureAndNothingIsLost(Damage damage)
      throws IOException {
    Path run = copy();
    damage.blow.to(older(run));
    damage.blow.to(run.resolve("checkpoints/step-6"));
    Map<String, String> before = hashes(run);
    String line = resume(run).mistake();
    assertTrue(line.contains(damage.told) && line.contains("step-6"), line);
    assertTrue(line.contains("all 2 are damaged, restore one or remove them"), line);
    assertEquals(before, hashes(run));
  }

  /// Damage to what lies beside the checkpoints.
  private enum Broken {
    CONFIG_CUT("config.yaml", run -> cut(run.resolve("config.yaml"), 300)),
    CONFIG_EMPTY("config.yaml", run -> cut(run.resolve("config.yaml"), 0)),
    CONFIG_WITH_A_TAB("config.yaml", run -> prepend(run.resolve("config.yaml"), "\tsteps: 4\n")),
    CONFIG_WITH_AN_UNKNOWN_KEY("stepz", run -> prepend(run.resolve("config.yaml"), "stepz: 4\n")),
    CONFIG_OF_ANOTHER_MODEL(
        "must fit the run's config.yaml", run -> replace(run, "ffn_dim: 64", "ffn_dim: 96")),
    CONFIG_OF_ANOTHER_OPTIMIZER("restore config.yaml", DamagedRunTest::changeOptimizer),
    CONFIG_MISSING("must hold config.yaml", run -> Files.delete(run.resolve("config.yaml"))),
    METRICS_WITH_A_BROKEN_LINE(
        "metrics.jsonl line 1", run -> flip(run.resolve("metrics.jsonl"), 0)),
    CHECKPOINTS_A_FILE(
        "checkpoints",
        run -> {
          Files.move(run.resolve("checkpoints"), run.resolve("elsewhere"));
          Files.writeString(run.resolve("checkpoints"), "");
        }),
    DATA_MISSING("dataset", run -> replace(run, "/data", "/nowhere")),
    RESULT_EMPTY("result.json", run -> Files.writeString(run.resolve("result.json"), "")),
    RESULT_NULL("result.json", run -> Files.writeString(run.resolve("result.json"), "null"));

    private final String told;
    private final Blow blow;

    Broken(String told, Blow blow) {
      this.told = told;
      this.blow = blow;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBrokenFileBesideTheCheckpointsIsOneLine(Broken broken) throws IOException {
    Path run = copy();
    broken.blow.to(run);
    Map<String, String> before = hashes(run);
    String line = resume(run).mistake();
    assertTrue(line.contains(broken.told), line);
    assertEquals(before, hashes(run));
  }

  @Test
  void aRunWhoseCheckpointsWereRemovedSaysThatItStartsAgain() throws IOException {
    Path run = copy();
    AtomicFiles.deleteTree(run.resolve("checkpoints"));
    CliRun resumed = resume(run).ending(0);
    assertTrue(resumed.err().contains("holds no checkpoint yet; the run starts again"));
    assertSameModel(run);
  }

  @Test
  void whatTheRunHasDecidedIsRefusedWhenResuming() throws IOException {
    Path run = copy();
    for (String option :
        List.of("--memory=6g", "--seed=2", "--minutes=1", "steps=9", "--dry-run")) {
      String line = CliRun.of("train", "--resume", run.toString(), option).mistake();
      assertTrue(line.contains(option.replaceFirst("^(--[a-z-]+)=.*", "$1")), line);
      assertTrue(line.contains("must be left out with --resume"), line);
    }
  }

  static Stream<Map.Entry<String, Blow>> modelDamages() {
    String tokenizer = "tokenizer.json";
    return Stream.of(
        Map.entry(MODEL, model -> cut(model.resolve(MODEL), 1000)),
        Map.entry(MODEL, model -> cut(model.resolve(MODEL), 0)),
        Map.entry(MODEL, model -> flip(model.resolve(MODEL), 2)),
        Map.entry(MODEL, model -> flip(model.resolve(MODEL), 9)),
        Map.entry(MODEL, model -> Files.delete(model.resolve(MODEL))),
        Map.entry("config.json", model -> cut(model.resolve("config.json"), 100)),
        Map.entry("config.json", model -> cut(model.resolve("config.json"), 0)),
        Map.entry("config.json", model -> Files.delete(model.resolve("config.json"))),
        Map.entry(tokenizer, model -> cut(model.resolve(tokenizer), 200)),
        Map.entry(tokenizer, model -> cut(model.resolve(tokenizer), 0)),
        Map.entry(tokenizer, model -> Files.delete(model.resolve(tokenizer))));
  }

  @ParameterizedTest
  @MethodSource("modelDamages")
  void generatingFromADamagedModelIsOneLine(Map.Entry<String, Blow> damage) throws IOException {
    Path run = copy();
    copyTree(shared.resolve("model"), run.resolve("model"));
    damage.getValue().to(run.resolve("model"));
    Map<String, String> before = hashes(run);
    String line =
        CliRun.of("generate", "--model", run.toString(), "--prompt", "It", "--max-tokens", "2")
            .mistake();
    assertTrue(line.contains(damage.getKey()), line);
    assertEquals(before, hashes(run));
  }

  /// The checkpoint before the one of step 6.
  private static Path older(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("checkpoints"))) {
      List<Path> others = files.filter(file -> !file.endsWith("step-6")).toList();
      assertEquals(1, others.size());
      return others.getFirst();
    }
  }

  private static CliRun resume(Path run) {
    return CliRun.of("train", "--resume", run.toString());
  }

  private static void assertSameModel(Path run) throws IOException {
    assertArrayEquals(
        Files.readAllBytes(shared.resolve("model").resolve(MODEL)),
        Files.readAllBytes(run.resolve("model").resolve(MODEL)));
  }

  private Path copy() throws IOException {
    Path run = folder.resolve("run");
    copyTree(shared.resolve("run"), run);
    return run;
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /// SHA-256 of every file by its path, but for the lock.
  private static Map<String, String> hashes(Path root) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.getFileName().toString().contains("lock")) {
          hashes.put(root.relativize(file).toString(), Hashes.sha256(file));
        }
      }
    }
    return hashes;
  }

  private static void cut(Path file, int length) throws IOException {
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
  }

  /// Flips a bit, counting from the end where `at` is negative.
  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at < 0 ? bytes.length + at : at] ^= 4;
    Files.write(file, bytes);
  }

  private static void prepend(Path file, String text) throws IOException {
    Files.writeString(file, text + Files.readString(file));
  }

  private static void replace(Path run, String old, String replacement) throws IOException {
    Path file = run.resolve("config.yaml");
    String text = Files.readString(file);
    assertTrue(text.contains(old), text);
    Files.writeString(file, text.replace(old, replacement));
  }

  private static void changeOptimizer(Path run) throws IOException {
    Path file = run.resolve("config.yaml");
    String text = Files.readString(file);
    assertFalse(text.contains("type: adamw"), text);
    Files.writeString(
        file,
        text.replaceFirst(
            "(?s)optimizer:.*?(\\n\\w)",
            "optimizer:\n  type: adamw\n  learning_rate: 0.01\n  beta1: 0.9\n  beta2: 0.95\n"
                + "  eps: 1.0e-8\n  hidden_weight_decay: 0.1$1"));
  }

  private static ObjectNode files(ObjectNode state) {
    return (ObjectNode) state.get("files");
  }

  private interface Change {
    void to(ObjectNode state);
  }

  /// Changes the state, with or without telling its hash of itself.
  private static void change(Path checkpoint, Change change, boolean honest) throws IOException {
    Path file = checkpoint.resolve(STATE);
    ObjectNode state = (ObjectNode) Json.readTree(file);
    String seal = state.remove("sha256").asString();
    change.to(state);
    state.put("sha256", honest ? Hashes.sha256(state.toString()) : seal);
    Json.write(file, state);
  }

  /// Weights of another width, with hashes that hold.
  private static void reshape(Path checkpoint) throws IOException {
    Path file = checkpoint.resolve(MODEL);
    try (TensorScope _ = TensorScope.open()) {
      Map<String, Tensor> tensors = SafeTensors.read(file);
      tensors.put("model.norm.weight", Tensor.zeros(DType.FP32, 1));
      SafeTensors.write(file, tensors, Map.of());
    }
    change(checkpoint, state -> files(state).put(MODEL, Hashes.sha256(file)), true);
  }

  private static void empty(Path checkpoint) throws IOException {
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}

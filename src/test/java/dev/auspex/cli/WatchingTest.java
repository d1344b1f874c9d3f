package dev.auspex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import dev.auspex.run.MetricsLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import tools.jackson.databind.JsonNode;

/// The commands that watch and are watched, each in a process of its own.
class WatchingTest {
  /// More than any machine does before the test kills the run.
  private static final int STEPS = 10_000_000;

  @TempDir private Path folder;
  private Path run;
  private final List<Process> processes = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void writeText() throws IOException {
    String line = "It was the best of times, it was the worst of times.\n";
    Files.writeString(folder.resolve("text.txt"), line.repeat(1000));
    run = folder.resolve("runs/watched");
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    client.close();
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    processes.add(process);
    return process;
  }

  private Process train() throws IOException {
    return start(
        "train",
        "--preset",
        "shakespeare-char",
        "--data",
        folder.resolve("text.txt").toString(),
        "--dir",
        run.toString(),
        "--dashboard=0",
        "--prometheus=0",
        "steps=" + STEPS,
        "threads=1",
        "model.dim=16",
        "model.context_length=16",
        "model.num_layers=1",
        "model.num_heads=1",
        "model.num_kv_heads=1",
        "model.head_dim=16",
        "model.ffn_dim=32",
        "batch_size=2",
        "micro_batch_size=2",
        "checkpoint.every_seconds=0.2",
        "eval.every_steps=50",
        "eval.windows=2",
        "eval.final_windows=4");
  }

  /// The address in the first line that begins with `words`.
  private static URI address(BufferedReader output, String words) throws IOException {
    StringBuilder seen = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      seen.append(line).append('\n');
      if (line.startsWith(words)) {
        return URI.create(line.substring(words.length()).strip());
      }
    }
    throw new AssertionError("no line begins with '" + words + "' in:\n" + seen);
  }

  private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(URI uri) throws IOException, InterruptedException {
    return Json.MAPPER.readTree(get(uri).body());
  }

  private JsonNode runAfterStep(URI page, long step) throws IOException, InterruptedException {
    while (true) {
      JsonNode first = json(page.resolve("/api/runs")).path("runs").path(0);
      if (first.at("/last_step/step").asLong(0) >= step) {
        return first;
      }
      Thread.sleep(20);
    }
  }

  @Test
  @Timeout(300)
  void aRunIsSeenWhileItTrainsAndItsNumbersAreWholeAfterAKill() throws Exception {
    Process training = train();
    BufferedReader output = training.inputReader(StandardCharsets.UTF_8);
    URI page = address(output, "watch it at ");
    URI prometheus = address(output, "Prometheus: ");
    drain(output);

    assertTrue(get(page).body().contains("<title>Auspex</title>"));
    JsonNode seen = runAfterStep(page, 120);
    assertEquals("watched", seen.path("name").asString());
    assertEquals("training", seen.path("state").asString());
    assertEquals(STEPS, seen.path("steps").asInt());
    assertStepIsComplete(seen.path("last_step"));
    JsonNode curves = json(page.resolve("/api/curves?run=watched"));
    assertTrue(curves.at("/curves/loss").size() >= 120);
    assertTrue(curves.at("/curves/grad_norms.attention").size() >= 120);
    assertTrue(curves.at("/heldout/1/heldout_bpb").asDouble() > 0);
    String metrics = get(prometheus).body();
    assertTrue(metrics.contains("\nauspex_train_loss_nats{run=\"watched\"} "), metrics);
    assertEquals(404, get(prometheus.resolve("/")).statusCode());
    assertTrue(
        runAfterStep(page, seen.at("/last_step/step").asLong() + 1).has("last_step"), "it goes on");

    while (!Files.isDirectory(run.resolve("checkpoints"))) {
      Thread.sleep(5);
    }
    training.destroyForcibly().waitFor();
    long steps = shortenTo(100);
    assertEquals(0, exitOf(start("train", "--resume", run.toString())));

    assertNumbersAreWhole(steps);
    Files.delete(run.resolve("result.json")); // as if killed after the last measurement
    assertEquals(0, exitOf(start("train", "--resume", run.toString())));
    assertNumbersAreWhole(steps);
    assertFinishedRunIsShownByWatch(steps);
  }

  /// Lets the killed run end about `more` steps after the last it logged.
  private long shortenTo(int more) throws IOException {
    long last = MetricsLog.read(run.resolve("metrics.jsonl")).getLast().path("step").asLong();
    long steps = last + more - last % 50; // its last step is measured twice, in both types
    Path config = run.resolve("config.yaml");
    String text = Files.readString(config);
    assertTrue(text.contains("\nsteps: " + STEPS + "\n"), text);
    Files.writeString(config, text.replace("\nsteps: " + STEPS, "\nsteps: " + steps));
    return steps;
  }

  private static void assertStepIsComplete(JsonNode step) {
    for (String key :
        List.of(
            "tokens",
            "loss",
            "grad_norm",
            "learning_rate",
            "tokens_per_second",
            "matmul_share",
            "resident_bytes",
            "peak_bytes",
            "seconds_left")) {
      assertTrue(step.path(key).asDouble() > 0, key + " in " + step);
    }
    double squares = 0;
    for (JsonNode norm : step.path("grad_norms")) {
      squares += norm.asDouble() * norm.asDouble();
    }
    double norm = step.path("grad_norm").asDouble();
    assertEquals(norm, Math.sqrt(squares), 1e-6 * norm);
    assertTrue(step.path("peak_bytes").asLong() >= step.path("resident_bytes").asLong());
  }

  private void assertNumbersAreWhole(long steps) throws IOException {
    List<JsonNode> lines = MetricsLog.read(run.resolve("metrics.jsonl"));
    assertEquals(
        LongStream.rangeClosed(1, steps).boxed().toList(),
        lines.stream().filter(l -> l.has("loss")).map(l -> l.path("step").asLong()).toList());
    List<Long> measured = new ArrayList<>();
    for (long step = 50; step <= steps; step += 50) {
      measured.add(step);
    }
    measured.add(steps); // the finished model's, in FP32
    assertEquals(
        measured,
        lines.stream()
            .filter(line -> line.has("heldout_loss"))
            .map(line -> line.path("step").asLong())
            .toList());
    assertEquals(1, lines.stream().filter(line -> line.path("last").asBoolean(false)).count());
    try (Stream<Path> events = Files.list(run.resolve("tensorboard"))) {
      Path file = events.max(Comparator.naturalOrder()).orElseThrow();
      String content = Files.readString(file, StandardCharsets.ISO_8859_1);
      assertEquals(steps, content.split("train/loss", -1).length - 1);
      assertEquals(steps / 50, content.split("heldout/heldout_bpb", -1).length - 1);
      assertEquals(1, content.split("final/heldout_bpb", -1).length - 1);
    }
  }

  private void assertFinishedRunIsShownByWatch(long steps) throws Exception {
    Process watch = start("watch", run.getParent().toString(), "--port=0", "--json");
    BufferedReader output = watch.inputReader(StandardCharsets.UTF_8);
    URI page = address(output, "watch at ");
    assertEquals(page.toString(), Json.MAPPER.readTree(output.readLine()).path("url").asString());
    JsonNode seen = runAfterStep(page, steps);
    assertEquals("finished", seen.path("state").asString());
    assertTrue(seen.at("/result/heldout_bpb").asDouble() > 0);
    watch.toHandle().destroy();
    assertEquals(130, watch.waitFor());
    assertThrows(ConnectException.class, () -> get(page));
  }

  private static void drain(BufferedReader output) {
    Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {}));
  }

  private static int exitOf(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    assertEquals(0, code, output);
    return code;
  }

  @Test
  @Timeout(60)
  void aMistakeInTheOptionsIsToldBeforeAnyWork() throws Exception {
    for (String[] mistake :
        new String[][] {
          {"--dashboard=70000", "--dashboard (70000) must lie in [0, 65535]"},
          {"--prometheus=-1", "--prometheus (-1) must lie in [0, 65535]"},
        }) {
      Process process =
          start(
              "train",
              "--preset",
              "tiny",
              "--data",
              folder.resolve("text.txt").toString(),
              "--dir",
              run.toString(),
              mistake[0]);
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(output.startsWith("auspex: " + mistake[1]), output);
      assertEquals(2, process.waitFor());
      assertTrue(Files.notExists(run));
    }
  }

  @Test
  void theDashboardsPortStandsAfterAnEqualsSignOnly() {
    TrainCommand command = new TrainCommand(new Interruption());
    CommandLine line = new CommandLine(command);
    ArgSpec port = line.getCommandSpec().findOption("--dashboard");
    var parsed = line.parseArgs("--preset", "tiny", "--dashboard", "steps=3");
    assertEquals(7070, port.<Integer>getValue());
    assertEquals(List.of("steps=3"), parsed.matchedPositional(0).getValue());
    line.parseArgs("--dashboard=0");
    assertEquals(0, port.<Integer>getValue());
  }
}

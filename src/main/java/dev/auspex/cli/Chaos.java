package dev.auspex.cli;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Disturbs runs in every way a machine can, and compares what becomes of them with a run that was
/// left alone: weights bit for bit, and each step in the metrics exactly once.
final class Chaos {
  /// Micro-batches of a step, so the most workers.
  static final int LANES = 4;

  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(120);

  /// How much longer than the undisturbed run anything may take.
  private static final int PATIENCE = 4;

  private static final Duration SIGTERM_LIMIT = Duration.ofSeconds(10);

  private final Path root;
  private final List<String> settings;
  private final List<Integer> workers;
  private final SplittableRandom random;
  private final PrintStream log;
  private final Interruption interruption;
  private final Map<String, Integer> counts = new TreeMap<>();
  private Duration patience = LEAST_PATIENCE;

  /// @param settings of `auspex train`, less the folder
  /// @param workers numbers of workers to choose from
  Chaos(
      Path root,
      List<String> settings,
      List<Integer> workers,
      long seed,
      PrintStream log,
      Interruption interruption) {
    this.root = root;
    this.settings = settings;
    this.workers = workers;
    this.random = new SplittableRandom(seed);
    this.log = log;
    this.interruption = interruption;
  }

  /// What was done and what came of it.
  ///
  /// @param counts how often, by kind of disturbance
  /// @param runs runs compared with the undisturbed one
  /// @param different what differs, empty when nothing does
  record Tally(Map<String, Integer> counts, int runs, List<String> different) {}

  private enum Blow {
    KILL_WORKER,
    KILL_DURING_CHECKPOINT,
    KILL_ALL,
    TERMINATE,
    HANG,
    DAMAGE
  }

  /// Disturbs one run after another until `kills` processes were killed, or until the interruption.
  Tally run(int kills) throws IOException, InterruptedException {
    Path whole = root.resolve("whole");
    Files.createDirectories(root);
    if (!Files.isRegularFile(whole.resolve("result.json"))) {
      log.println("chaos: a run nobody disturbs");
      List<String> arguments = new ArrayList<>(List.of("train"));
      arguments.addAll(settings);
      arguments.addAll(List.of("--dir", whole.toString()));
      long start = System.nanoTime();
      Process process = start(arguments);
      boolean ended = process.waitFor(600, TimeUnit.SECONDS) && process.exitValue() == 0;
      if (!ended && !interruption.requested()) {
        throw new IllegalStateException(
            "the undisturbed run failed: " + Files.readString(root.resolve("last.log")));
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start).multipliedBy(PATIENCE);
      patience = took.compareTo(patience) > 0 ? took : patience;
    }
    List<String> different = new ArrayList<>();
    int runs = 0;
    while (killed() < kills && !interruption.requested()) {
      Path disturbed = root.resolve("run-" + runs);
      AtomicFiles.deleteTree(disturbed);
      Files.createDirectories(disturbed);
      Files.copy(whole.resolve("config.yaml"), disturbed.resolve("config.yaml"));
      Files.copy(whole.resolve("tokenizer.json"), disturbed.resolve("tokenizer.json"));
      disturb(disturbed, kills);
      if (!interruption.requested()) {
        different.addAll(compare(whole, disturbed));
        runs++;
      }
    }
    return new Tally(counts, runs, different);
  }

  private int killed() {
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("kill -9"))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  private Process start(List<String> arguments) throws IOException {
    return new ProcessBuilder(Jvm.command(arguments))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(root.resolve("last.log").toFile()))
        .start();
  }

  /// Takes one run to its end, through blows.
  private void disturb(Path run, int kills) throws IOException, InterruptedException {
    Process process = resume(run);
    while (true) {
      boolean enough = killed() >= kills;
      if (!enough && trains(run, process)) {
        strike(run, process);
      } else if (enough && !process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("hangs: " + run);
      }
      if (!process.isAlive()) {
        if (Files.isRegularFile(run.resolve("result.json")) || interruption.requested()) {
          return;
        }
        process = resume(run);
      }
    }
  }

  private Process resume(Path run) throws IOException {
    int number = workers.get(random.nextInt(workers.size()));
    count("resumptions on %d workers".formatted(number));
    log.printf("chaos: %d kills, %s on %d workers%n", killed(), run.getFileName(), number);
    return start(
        List.of("train", "--resume", run.toString(), "--workers", Integer.toString(number)));
  }

  /// Waits until the run makes a step; whether it does.
  private boolean trains(Path run, Process process) throws IOException, InterruptedException {
    long before = metricsLength(run);
    long until = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < until && process.isAlive()) {
      if (metricsLength(run) != before) {
        return true;
      }
      Thread.sleep(5);
    }
    if (process.isAlive()) {
      throw new IllegalStateException("makes no step: " + run);
    }
    return false;
  }

  private static long metricsLength(Path run) throws IOException {
    Path metrics = run.resolve("metrics.jsonl");
    return Files.exists(metrics) ? Files.size(metrics) : 0;
  }

  private void strike(Path run, Process process) throws IOException, InterruptedException {
    switch (blow()) {
      case KILL_WORKER -> {
        Thread.sleep(random.nextInt(700));
        kill(worker(process), "kill -9 of a worker at any moment");
      }
      case KILL_DURING_CHECKPOINT -> {
        awaitPartial(run, process);
        Thread.sleep(0, random.nextInt(999_999));
        kill(worker(process), "kill -9 of a worker writing a checkpoint");
      }
      case KILL_ALL -> {
        Thread.sleep(random.nextInt(500));
        killLauncher(process);
      }
      case TERMINATE -> terminate(process);
      case HANG -> hang(process);
      case DAMAGE -> {
        killLauncher(process);
        damageNewest(run);
      }
    }
    if (process.isAlive() && random.nextInt(2) == 0) {
      killLauncher(process); // the next life has another number of workers
    }
  }

  private void hang(Process process) throws IOException, InterruptedException {
    ProcessHandle worker = worker(process);
    signal(worker, "STOP");
    count("SIGSTOP of a worker");
    process.waitFor(20, TimeUnit.SECONDS);
    if (worker.isAlive()) {
      signal(worker, "CONT"); // it is its own launcher, or the launcher may be killed next
    }
  }

  private void killLauncher(Process process) throws InterruptedException {
    kill(process.toHandle(), "kill -9 of the launcher");
    leave(process);
  }

  private void terminate(Process process) throws InterruptedException {
    long start = System.nanoTime();
    process.destroy();
    leave(process);
    count("SIGTERM");
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    if (took.compareTo(SIGTERM_LIMIT) > 0) {
      throw new IllegalStateException("took " + took + " to leave after SIGTERM");
    }
  }

  private Blow blow() {
    int draw = random.nextInt(100);
    if (draw < 35) {
      return Blow.KILL_WORKER;
    }
    if (draw < 75) {
      return Blow.KILL_DURING_CHECKPOINT;
    }
    if (draw < 83) {
      return Blow.KILL_ALL;
    }
    return draw < 90 ? Blow.TERMINATE : draw < 93 ? Blow.HANG : Blow.DAMAGE;
  }

  /// One of the workers, or the process itself where it is the only one.
  private ProcessHandle worker(Process process) {
    List<ProcessHandle> workers = process.descendants().toList();
    return workers.isEmpty() ? process.toHandle() : workers.get(random.nextInt(workers.size()));
  }

  private void kill(ProcessHandle victim, String what) {
    if (victim.destroyForcibly()) {
      count(what);
    }
  }

  /// Waits until the process and its workers are gone.
  private void leave(Process process) throws InterruptedException {
    List<ProcessHandle> workers = process.descendants().toList();
    if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("does not leave: " + process.pid());
    }
    for (ProcessHandle worker : workers) {
      worker.onExit().completeOnTimeout(worker, patience.toSeconds(), TimeUnit.SECONDS).join();
      if (worker.isAlive()) {
        throw new IllegalStateException("does not leave: worker " + worker.pid());
      }
    }
  }

  private static void signal(ProcessHandle process, String name)
      throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /// Waits until a checkpoint is being written, or the run ends.
  private static void awaitPartial(Path run, Process process) throws IOException {
    long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (process.isAlive() && System.nanoTime() < until) {
      if (checkpoints(run).stream().anyMatch(file -> file.toString().endsWith(".partial"))) {
        return;
      }
      Thread.onSpinWait();
    }
  }

  /// What lies among the checkpoints of a run, which may not have begun any.
  private static List<Path> checkpoints(Path run) throws IOException {
    Path folder = run.resolve("checkpoints");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /// Flips a bit of a file of the newest checkpoint or cuts it short, where an older one is left.
  private void damageNewest(Path run) throws IOException {
    List<Path> steps =
        checkpoints(run).stream()
            .filter(file -> file.getFileName().toString().startsWith("step-"))
            .sorted(Comparator.comparingLong(Chaos::stepOf))
            .toList();
    if (steps.size() < 2) {
      return;
    }
    List<Path> files;
    try (Stream<Path> parts = Files.list(steps.getLast())) {
      files = parts.sorted().toList();
    }
    Path file = files.get(random.nextInt(files.size()));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long at = random.nextLong(channel.size());
      if (random.nextBoolean()) {
        channel.truncate(at);
        count("checkpoints cut short");
      } else {
        ByteBuffer one = ByteBuffer.allocate(1);
        channel.read(one, at);
        one.put(0, (byte) (one.get(0) ^ (1 << random.nextInt(8)))).flip();
        channel.write(one, at);
        count("checkpoints with a flipped bit");
      }
    }
  }

  private static long stepOf(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring("step-".length()));
  }

  private static List<String> compare(Path whole, Path disturbed) throws IOException {
    List<String> different = new ArrayList<>();
    Path weights = Path.of("model", "model.safetensors");
    if (!Hashes.sha256(whole.resolve(weights)).equals(Hashes.sha256(disturbed.resolve(weights)))) {
      different.add(disturbed + ": weights");
    }
    if (!steps(whole).equals(steps(disturbed))) {
      different.add(disturbed + ": steps in metrics.jsonl");
    }
    return different;
  }

  /// Steps and their losses.
  private static List<String> steps(Path run) throws IOException {
    List<String> steps = new ArrayList<>();
    for (String line : Files.readAllLines(new RunFolder(run).metrics())) {
      var node = Json.MAPPER.readTree(line);
      if (node.has("loss")) {
        steps.add(node.get("step") + " " + node.get("loss"));
      }
    }
    return steps;
  }
}

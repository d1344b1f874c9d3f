package dev.auspex.cli;

import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// Runs the peers of [BenchTokenizer] as processes of their own.
final class BenchTokenizerPeers {
  /// The main class of the encoding peers; it is among the test classes, as their libraries are.
  private static final String MAIN = "dev.auspex.bench.TokenizerPeers";

  private static final long TIMEOUT_MINUTES = 30;

  private final int repeats;

  BenchTokenizerPeers(int repeats) {
    this.repeats = repeats;
  }

  /// Work that may fail with an input/output error.
  interface Work {
    void run() throws IOException;
  }

  /// Median seconds of `repeats` runs.
  static double median(int repeats, Work work) throws IOException {
    double[] seconds = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      long start = System.nanoTime();
      work.run();
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(seconds);
    return seconds[repeats / 2];
  }

  /// sentencepiece's time for the same text and vocabulary size; value 0 where it is not installed.
  BenchTokenizer.Row sentencepiece(String shape, Path text, int vocabSize, double ours)
      throws IOException {
    if (!onPath("spm_train")) {
      return new BenchTokenizer.Row(shape, "spm_train: not installed", "utf-8", 0, "s", 0);
    }
    List<String> command =
        List.of(
            "spm_train",
            "--input=" + text,
            "--model_prefix=" + text.resolveSibling("spm"),
            "--model_type=bpe",
            "--vocab_size=" + vocabSize,
            "--byte_fallback=true",
            "--num_threads=" + Runtime.getRuntime().availableProcessors(),
            "--minloglevel=2");
    double seconds = median(repeats, () -> run(command));
    return new BenchTokenizer.Row(shape, "spm_train (bpe)", "utf-8", seconds, "s", seconds / ours);
  }

  /// Single-thread encoding beside jtokkit and Hugging Face tokenizers.
  List<BenchTokenizer.Row> encoding(Path text, Path tokenizerJson) throws IOException {
    Path target = Path.of(System.getProperty("auspex.home", ".")).resolve("target");
    Path libraries = target.resolve("test-classpath.txt");
    Path classes = target.resolve("test-classes");
    if (!Files.exists(libraries)
        || !Files.exists(classes.resolve(MAIN.replace('.', '/') + ".class"))) {
      throw new FileException(
          "%s must hold the peers' class path; run `mvn test-compile` in the project's folder"
              .formatted(libraries));
    }
    String classPath =
        String.join(
            File.pathSeparator,
            classes.toString(),
            target.resolve("classes").toString(),
            Files.readString(libraries).strip());
    Path out = text.resolveSibling("peers.json");
    run(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx3g",
            "-cp",
            classPath,
            MAIN,
            text.toString(),
            tokenizerJson.toString(),
            Integer.toString(repeats),
            out.toString()));
    List<BenchTokenizer.Row> rows = new ArrayList<>();
    for (JsonNode row : Json.readTree(out)) {
      rows.add(Json.MAPPER.convertValue(row, BenchTokenizer.Row.class));
    }
    return rows;
  }

  /// What the figures were measured on.
  static Map<String, Object> machine() {
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("processors", Runtime.getRuntime().availableProcessors());
    machine.put("architecture", System.getProperty("os.arch"));
    machine.put("system", System.getProperty("os.name"));
    machine.put("java", Runtime.version().toString());
    machine.put(
        "load",
        java.lang.management.ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    return machine;
  }

  private static boolean onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static void run(List<String> command) throws IOException {
    Process process =
        PeerProcess.of(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
        throw new IllegalStateException(command.getFirst() + " did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a peer ran", e);
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          "%s failed with %d; its message is above"
              .formatted(command.getFirst(), process.exitValue()));
    }
  }
}

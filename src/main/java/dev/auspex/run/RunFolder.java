package dev.auspex.run;

import dev.auspex.io.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The folder of one run, `runs/<name>/`, and where each thing in it lives.
///
/// It names paths and checks the folder; the files' contents belong to those who write them.
///
/// @param root the folder itself
public record RunFolder(Path root) {
  /// Where runs live when nobody says otherwise, relative to the working folder.
  public static final Path DEFAULT_PARENT = Path.of("runs");

  /// Makes a new run folder; it may exist already if it is empty.
  public static RunFolder create(Path root) {
    RunFolder folder = new RunFolder(root);
    if (Files.exists(root) && !Files.isDirectory(root)) {
      throw new RunException("run folder (" + root + ") must be a folder; it is a file");
    }
    try {
      Files.createDirectories(root);
      if (!folder.isEmpty()) {
        throw new RunException(
            "run folder (%s) must be new or empty; %s"
                .formatted(
                    root,
                    Files.exists(folder.config())
                        ? "continue that run with --resume " + root + " or name another folder"
                        : "name another folder, nothing in this one was touched"));
      }
    } catch (IOException e) {
      throw new FileException(root, e);
    }
    return folder;
  }

  /// Opens an existing run folder: one with a `config.yaml`.
  public static RunFolder open(Path root) {
    RunFolder folder = new RunFolder(root);
    if (!Files.isDirectory(root)) {
      throw new RunException(
          "run folder (" + root + ") must exist; runs are made in " + DEFAULT_PARENT + "/NAME");
    }
    if (!Files.isRegularFile(folder.config())) {
      throw new RunException(
          "run folder (%s) must hold config.yaml; it is no run folder".formatted(root));
    }
    return folder;
  }

  /// Whether `root` is a run folder that can be opened.
  public static boolean isRun(Path root) {
    return Files.isRegularFile(new RunFolder(root).config());
  }

  /// Takes the folder for this process; a second process gets an error that names this one.
  public RunLock lock() {
    return RunLock.take(root);
  }

  /// The last part of the path, which names the run.
  public String name() {
    return root.toAbsolutePath().normalize().getFileName().toString();
  }

  /// The complete, resolved settings.
  public Path config() {
    return root.resolve("config.yaml");
  }

  /// What was run on what.
  public Path manifest() {
    return root.resolve("manifest.json");
  }

  /// The vocabulary.
  public Path tokenizer() {
    return root.resolve("tokenizer.json");
  }

  /// One folder `step-N` per checkpoint.
  public Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /// The model that training started from, where that was another's.
  public Path base() {
    return root.resolve("base");
  }

  /// The final model in Hugging Face layout; where an adapter was trained, that in PEFT's.
  public Path model() {
    return root.resolve("model");
  }

  /// One line per logged step.
  public Path metrics() {
    return root.resolve("metrics.jsonl");
  }

  /// The same numbers as event files for TensorBoard.
  public Path tensorboard() {
    return root.resolve("tensorboard");
  }

  /// The forecast and its seal.
  public Path forecast() {
    return root.resolve("forecast.json");
  }

  /// What came out.
  public Path result() {
    return root.resolve("result.json");
  }

  /// One line per finished run of the ladder.
  public Path ladder() {
    return root.resolve("ladder.jsonl");
  }

  /// One line per generated sample.
  public Path samples() {
    return root.resolve("samples.jsonl");
  }

  /// One file per examination.
  public Path evals() {
    return root.resolve("evals");
  }

  /// The report.
  public Path report() {
    return root.resolve("report");
  }

  private boolean isEmpty() throws IOException {
    try (Stream<Path> entries = Files.list(root)) {
      return entries.allMatch(entry -> entry.getFileName().toString().equals(RunLock.FILE));
    }
  }
}

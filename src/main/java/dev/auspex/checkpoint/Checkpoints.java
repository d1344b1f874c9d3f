package dev.auspex.checkpoint;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.io.UserException;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The checkpoints of one run folder: save, find the newest sound one, keep the last few.
public final class Checkpoints {
  private static final String PREFIX = "step-";
  private static final String MODEL = "model.safetensors";
  private static final String STATE = "state.json";
  private static final String FAILED = "failed ";

  private final Path folder;
  private final int keep;

  /// @param folder `runs/<name>/checkpoints`
  /// @param keep how many of the newest stay
  public Checkpoints(Path folder, int keep) {
    this.folder = folder;
    this.keep = keep;
  }

  /// Step of the newest checkpoint in a folder, sound or not; -1 where there is none.
  public static long newestStep(Path folder) {
    if (!Files.isDirectory(folder)) {
      return -1;
    }
    List<Path> found = new Checkpoints(folder, 1).newestFirst();
    return found.isEmpty() ? -1 : stepOf(found.getFirst());
  }

  /// A checkpoint read back.
  public record Loaded(
      TrainState state, Map<String, Tensor> model, Map<String, Tensor> optimizer) {}

  /// Writes `step-N` whole or not at all, then drops the oldest beyond the number to keep. Called
  /// by all workers; each writes its part of the optimiser's state, worker 0 the rest.
  ///
  /// @param optimizer this worker's part
  /// @throws CheckpointException on every worker when one of them could not write
  public void save(
      TrainState state,
      Map<String, Tensor> model,
      Map<String, Tensor> optimizer,
      Collective workers) {
    Path target = folder.resolve(PREFIX + state.step());
    Path partial = folder.resolve("." + PREFIX + state.step() + ".partial");
    boolean first = workers.rank() == 0;
    if (!together(workers, () -> first && Files.exists(target) ? MODEL : "").isEmpty()) {
      return;
    }
    try {
      TrainState sealed = state.withFiles(writeTensors(partial, model, optimizer, workers));
      together(
          workers,
          () -> {
            if (first) {
              Json.write(partial.resolve(STATE), sealed);
              AtomicFiles.moveFolder(partial, target);
              retain();
            }
            return "";
          });
    } catch (CheckpointException e) {
      if (first) {
        AtomicFiles.deleteTree(partial);
      }
      throw e;
    }
  }

  /// Writes all tensors of all workers below `partial`; the files' hashes by name.
  private static Map<String, String> writeTensors(
      Path partial, Map<String, Tensor> model, Map<String, Tensor> optimizer, Collective workers) {
    boolean first = workers.rank() == 0;
    String part = "optimizer-%05d-of-%05d.safetensors".formatted(workers.rank(), workers.size());
    together(
        workers,
        () -> {
          if (first) {
            AtomicFiles.deleteTree(partial);
            SafeTensors.write(partial.resolve(MODEL), model, Map.of());
          }
          return "";
        });
    return together(
        workers,
        () -> {
          SafeTensors.write(partial.resolve(part), optimizer, Map.of());
          String own = part + " " + Hashes.sha256(partial.resolve(part));
          return first ? own + "\n" + MODEL + " " + Hashes.sha256(partial.resolve(MODEL)) : own;
        });
  }

  /// Does the work on all workers; their answers, lines of a name and a word.
  private static Map<String, String> together(Collective workers, Supplier<String> work) {
    String mine;
    try {
      mine = work.get();
    } catch (UserException e) {
      mine = FAILED + e.getMessage();
    }
    Map<String, String> answers = new TreeMap<>();
    for (String answer : workers.allGather(mine)) {
      if (answer.startsWith(FAILED)) {
        throw new CheckpointException(answer.substring(FAILED.length()));
      }
      answer
          .lines()
          .map(line -> line.split(" ", 2))
          .forEach(words -> answers.put(words[0], words[words.length - 1]));
    }
    return answers;
  }

  private void retain() {
    List<Path> all = newestFirst();
    for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
      AtomicFiles.deleteTree(old);
    }
  }

  /// Reads the newest checkpoint that is whole; each damaged one is told through `progress`. Called
  /// by all workers; worker 0 decides.
  /// @return empty where none was ever written
  /// @throws CheckpointException where all are damaged
  public Optional<Loaded> newest(Progress progress, Collective workers) {
    List<Loaded> found = new ArrayList<>();
    Map<String, String> chosen =
        together(
            workers,
            () -> {
              if (workers.rank() == 0) {
                newest(progress).ifPresent(found::add);
              }
              return found.isEmpty() ? "" : PREFIX + found.getFirst().state().step();
            });
    if (workers.rank() > 0 && !chosen.isEmpty()) {
      found.add(load(folder.resolve(chosen.keySet().iterator().next())));
    }
    return found.stream().findFirst();
  }

  private Optional<Loaded> newest(Progress progress) {
    if (Files.isDirectory(folder)) {
      removePartials();
      List<Path> candidates = newestFirst();
      for (Path candidate : candidates) {
        try {
          return Optional.of(load(candidate));
        } catch (UserException e) {
          progress.warn(e.getMessage() + " - skipped, trying the one before");
        }
      }
      if (!candidates.isEmpty()) {
        throw new CheckpointException(
            "checkpoints (%s) must hold one that is whole; all %d are damaged, remove them to start over"
                .formatted(folder, candidates.size()));
      }
    }
    return Optional.empty();
  }

  private static Loaded load(Path checkpoint) {
    TrainState state = Json.read(checkpoint.resolve(STATE), TrainState.class);
    boolean plain = state.files().keySet().stream().allMatch(name -> name.matches("[\\w.-]+"));
    if (!plain || !state.files().containsKey(MODEL)) {
      throw new CheckpointException(
          checkpoint.resolve(STATE)
              + " must list "
              + MODEL
              + " and files beside it; it is damaged");
    }
    Map<String, Tensor> optimizer = new LinkedHashMap<>();
    state.files().forEach((name, hash) -> verify(checkpoint.resolve(name), hash));
    for (String name : state.files().keySet()) {
      if (!name.equals(MODEL)) {
        optimizer.putAll(SafeTensors.read(checkpoint.resolve(name)));
      }
    }
    return new Loaded(state, SafeTensors.read(checkpoint.resolve(MODEL)), optimizer);
  }

  private static void verify(Path file, String expected) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(file + " must exist; take an older checkpoint");
    }
    String actual = Hashes.sha256(file);
    if (!actual.equals(expected)) {
      throw new CheckpointException(
          "%s (sha256 %s...) must have sha256 %s...; it is damaged"
              .formatted(file, actual.substring(0, 12), expected.substring(0, 12)));
    }
  }

  private List<Path> newestFirst() {
    try (Stream<Path> children = Files.list(folder)) {
      List<Path> found = new ArrayList<>();
      for (Path child : children.toList()) {
        if (child.getFileName().toString().matches(PREFIX + "\\d+")) {
          found.add(child);
        }
      }
      found.sort(Comparator.comparingLong(Checkpoints::stepOf).reversed());
      return found;
    } catch (IOException e) {
      throw new FileException(folder, e);
    }
  }

  private void removePartials() {
    try (Stream<Path> children = Files.list(folder)) {
      children
          .filter(child -> child.getFileName().toString().endsWith(".partial"))
          .forEach(AtomicFiles::deleteTree);
    } catch (IOException e) {
      throw new FileException(folder, e);
    }
  }

  private static long stepOf(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(PREFIX.length()));
  }
}

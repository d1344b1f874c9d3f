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
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The checkpoints of one run folder: save, find the newest sound one, keep the last few.
///
/// A damaged one is never deleted: once an older one is found sound it is renamed to
/// `damaged-step-N`, so that the run can write that step anew.
public final class Checkpoints {
  private static final String PREFIX = "step-";
  private static final String MODEL = "model.safetensors";
  private static final String STATE = "state.json";
  private static final String SEAL = "sha256";
  private static final String DAMAGED = "damaged-";
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
              writeState(partial.resolve(STATE), sealed);
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

  /// Reads the newest checkpoint that is whole and fits the run; each that is not is told through
  /// `progress` and set aside. Called by all workers; worker 0 decides.
  ///
  /// @param shapes of the model's parameters, by name
  /// @return empty where none was ever written
  /// @throws CheckpointException where all are damaged
  public Optional<Loaded> newest(
      Progress progress, Collective workers, Map<String, long[]> shapes) {
    List<Loaded> found = new ArrayList<>();
    Map<String, String> chosen =
        together(
            workers,
            () -> {
              if (workers.rank() == 0) {
                newest(progress, shapes).ifPresent(found::add);
              }
              return found.isEmpty() ? "" : PREFIX + found.getFirst().state().step();
            });
    if (workers.rank() > 0 && !chosen.isEmpty()) {
      found.add(load(folder.resolve(chosen.keySet().iterator().next()), shapes));
    }
    return found.stream().findFirst();
  }

  private Optional<Loaded> newest(Progress progress, Map<String, long[]> shapes) {
    if (!Files.exists(folder)) {
      return Optional.empty();
    }
    removePartials();
    Map<Path, String> damaged = new LinkedHashMap<>();
    for (Path candidate : newestFirst()) {
      try {
        Loaded loaded = load(candidate, shapes);
        damaged.forEach((path, reason) -> setAside(path, reason, loaded.state().step(), progress));
        return Optional.of(loaded);
      } catch (UserException e) {
        damaged.put(candidate, e.getMessage());
      }
    }
    if (!damaged.isEmpty()) {
      throw new CheckpointException(
          ("checkpoints (%s) must hold one that is whole; all %d are damaged, restore one or remove"
                  + " them to start over (%s)")
              .formatted(folder, damaged.size(), damaged.values().iterator().next()));
    }
    return Optional.empty();
  }

  private void setAside(Path damaged, String reason, long step, Progress progress) {
    String name = DAMAGED + damaged.getFileName();
    Path aside = folder.resolve(name);
    for (int copy = 2; Files.exists(aside); copy++) {
      aside = folder.resolve(name + "-" + copy);
    }
    AtomicFiles.moveFolder(damaged, aside);
    progress.warn(
        "%s - set aside as %s, going on from the one before, step %d"
            .formatted(reason, aside.getFileName(), step));
  }

  private static Loaded load(Path checkpoint, Map<String, long[]> shapes) {
    TrainState state = readState(checkpoint.resolve(STATE));
    boolean plain = state.files().keySet().stream().allMatch(name -> name.matches("[\\w.-]+"));
    if (!plain || !state.files().containsKey(MODEL) || state.step() != stepOf(checkpoint)) {
      throw new CheckpointException(
          "%s must tell step %d and list %s and files beside it; it is damaged"
              .formatted(checkpoint.resolve(STATE), stepOf(checkpoint), MODEL));
    }
    state.files().forEach((name, hash) -> verify(checkpoint.resolve(name), hash));
    requireFit(checkpoint, state, shapes);
    Map<String, Tensor> optimizer = new LinkedHashMap<>();
    for (String name : state.files().keySet()) {
      if (!name.equals(MODEL)) {
        optimizer.putAll(SafeTensors.read(checkpoint.resolve(name)));
      }
    }
    return new Loaded(state, SafeTensors.read(checkpoint.resolve(MODEL)), optimizer);
  }

  /// The state with a hash of itself, for nothing else would tell of a changed digit. Those written
  /// before it was there are read too.
  private static void writeState(Path file, TrainState state) {
    ObjectNode tree = Json.MAPPER.valueToTree(state);
    tree.put(SEAL, Hashes.sha256(tree.toString()));
    Json.write(file, tree);
  }

  private static TrainState readState(Path file) {
    if (!(Json.readTree(file) instanceof ObjectNode tree)) {
      throw new CheckpointException(file + " must be one JSON object; it is damaged");
    }
    JsonNode seal = tree.remove(SEAL);
    if (seal != null && !seal.asString("").equals(Hashes.sha256(tree.toString()))) {
      throw new CheckpointException(
          file + " must have the sha256 that it tells of itself; it is damaged");
    }
    try {
      return Json.MAPPER.treeToValue(tree, TrainState.class);
    } catch (JacksonException e) {
      throw new CheckpointException(
          "%s must be of this version of Auspex (%s); resume with the one that wrote it"
              .formatted(file, Json.reason(e)));
    }
  }

  private static void verify(Path file, String expected) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(file + " must exist; it was removed");
    }
    String actual = Hashes.sha256(file);
    if (!actual.equals(expected)) {
      throw new CheckpointException(
          "%s (sha256 %.12s...) must have sha256 %.12s...; it is damaged"
              .formatted(file, actual, expected));
    }
  }

  /// Every parameter must be there in FP32 with its shape, and the optimiser's tensors must be
  /// numbers or shaped as the parameter that their names begin with.
  private static void requireFit(Path checkpoint, TrainState state, Map<String, long[]> shapes) {
    Map<String, SafeTensors.Entry> model = new LinkedHashMap<>();
    SafeTensors.entries(checkpoint.resolve(MODEL)).forEach(e -> model.put(e.name(), e));
    shapes.forEach((name, shape) -> requireFit(checkpoint, name, model.get(name), shape));
    for (String file : state.files().keySet()) {
      if (!file.equals(MODEL)) {
        for (SafeTensors.Entry entry : SafeTensors.entries(checkpoint.resolve(file))) {
          String parameter = entry.name().replaceFirst("\\.[^.]*$", "");
          long[] shape = entry.shape().length == 0 ? entry.shape() : shapes.get(parameter);
          requireFit(checkpoint, entry.name(), entry, shape);
        }
      }
    }
  }

  private static void requireFit(
      Path checkpoint, String name, SafeTensors.@Nullable Entry found, long @Nullable [] shape) {
    boolean fits =
        found != null && found.dtype().equals("F32") && Arrays.equals(found.shape(), shape);
    if (!fits) {
      throw new CheckpointException(
          "%s must fit the run's config.yaml, but of %s it holds %s and %s is needed; restore config.yaml"
              .formatted(
                  checkpoint,
                  name,
                  found == null ? "nothing" : found.dtype() + Arrays.toString(found.shape()),
                  shape == null ? "nothing" : "F32" + Arrays.toString(shape)));
    }
  }

  private List<Path> newestFirst() {
    try (Stream<Path> children = Files.list(folder)) {
      List<Path> found = new ArrayList<>();
      for (Path child : children.toList()) {
        if (child.getFileName().toString().matches(PREFIX + "\\d{1,18}")) {
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

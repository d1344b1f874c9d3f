package dev.auspex.checkpoint;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.io.UserException;
import dev.auspex.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The checkpoints of one run folder: save, find the newest sound one, keep the last few.
public final class Checkpoints {
  private static final String PREFIX = "step-";

  private final Path folder;
  private final int keep;

  /// @param folder `runs/<name>/checkpoints`
  /// @param keep how many of the newest stay
  public Checkpoints(Path folder, int keep) {
    this.folder = folder;
    this.keep = keep;
  }

  /// A checkpoint read back.
  public record Loaded(
      TrainState state, Map<String, Tensor> model, Map<String, Tensor> optimizer) {}

  /// Writes `step-N` whole or not at all, then drops the oldest beyond the number to keep.
  public void save(TrainState state, Map<String, Tensor> model, Map<String, Tensor> optimizer) {
    Path target = folder.resolve(PREFIX + state.step());
    if (Files.exists(target)) {
      return;
    }
    Path partial = folder.resolve("." + PREFIX + state.step() + ".partial");
    AtomicFiles.deleteTree(partial);
    try {
      SafeTensors.write(partial.resolve("model.safetensors"), model, Map.of());
      SafeTensors.write(partial.resolve("optimizer.safetensors"), optimizer, Map.of());
      TrainState sealed =
          new TrainState(
              state.step(),
              state.tokens(),
              state.seconds(),
              state.trainLoss(),
              Hashes.sha256(partial.resolve("model.safetensors")),
              Hashes.sha256(partial.resolve("optimizer.safetensors")));
      Json.write(partial.resolve("state.json"), sealed);
      AtomicFiles.moveFolder(partial, target);
    } catch (FileException e) {
      AtomicFiles.deleteTree(partial);
      throw e;
    }
    List<Path> all = newestFirst();
    for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
      AtomicFiles.deleteTree(old);
    }
  }

  /// Reads the newest checkpoint that is whole; each damaged one is told through `progress`.
  /// @return empty where none was ever written
  /// @throws CheckpointException where all are damaged
  public Optional<Loaded> newest(Progress progress) {
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
    TrainState state = Json.read(checkpoint.resolve("state.json"), TrainState.class);
    verify(checkpoint.resolve("model.safetensors"), state.modelSha256());
    verify(checkpoint.resolve("optimizer.safetensors"), state.optimizerSha256());
    return new Loaded(
        state,
        SafeTensors.read(checkpoint.resolve("model.safetensors")),
        SafeTensors.read(checkpoint.resolve("optimizer.safetensors")));
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

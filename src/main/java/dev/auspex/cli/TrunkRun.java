package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.scaling.Trunk;
import dev.auspex.scaling.Trunk.Branch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Trains a trunk and, where a branch leaves, makes the branch's run folder: its own settings with
/// the trunk's checkpoint, manifest and metrics so far, whole or not at all. Finishing the branches
/// is {@link TrainingRun}'s, as of any interrupted run.
final class TrunkRun {
  private final Path ladder;
  private final Trunk trunk;
  private final RunFolder folder;
  private final Interruption interruption;

  /// @param ladder folder of the ladder's runs
  TrunkRun(Path ladder, Trunk trunk, Interruption interruption) {
    this.ladder = ladder;
    this.trunk = trunk;
    this.folder = new RunFolder(ladder.resolve(trunk.name()));
    this.interruption = interruption;
  }

  /// Goes on from where it was left, and tells of each branch as soon as its folder is there.
  void grow(Path dataset, Progress progress, Consumer<Branch> ready) {
    List<Branch> missing =
        trunk.branches().stream().filter(branch -> !RunFolder.isRun(path(branch.rung()))).toList();
    trunk.branches().stream().filter(branch -> !missing.contains(branch)).forEach(ready);
    if (missing.isEmpty()) {
      progress.update(trunk.config().steps(), "");
    }
    if (missing.isEmpty() || interruption.requested()) {
      return;
    }
    TrainingRun run = new TrainingRun(folder, interruption, progress);
    if (!RunFolder.isRun(folder.root())) {
      run.prepare(trunk.config(), dataset);
    }
    run.stopAt(
        missing.stream().map(Branch::start).distinct().toList(),
        step ->
            missing.stream()
                .filter(branch -> branch.start() == step)
                .forEach(
                    branch -> {
                      plant(branch);
                      ready.accept(branch);
                    }));
  }

  private Path path(Rung rung) {
    return ladder.resolve(rung.name());
  }

  private void plant(Branch branch) {
    Path partial = folder.root().resolve("." + branch.rung().name() + ".partial");
    AtomicFiles.deleteTree(partial);
    RunFolder planted = new RunFolder(partial);
    copy(folder.tokenizer(), planted.tokenizer());
    copy(folder.manifest(), planted.manifest());
    copy(folder.metrics(), planted.metrics());
    String step = "step-" + branch.start();
    copy(folder.checkpoints().resolve(step), planted.checkpoints().resolve(step));
    AtomicFiles.writeString(planted.config(), Config.toYaml(branch.rung().config()));
    AtomicFiles.moveFolder(partial, path(branch.rung()));
  }

  /// Copies a file, or a folder of files, where it is there.
  private static void copy(Path from, Path to) {
    if (Files.isDirectory(from)) {
      try (Stream<Path> files = Files.list(from)) {
        files.forEach(file -> copy(file, to.resolve(file.getFileName())));
      } catch (IOException e) {
        throw new FileException(from, e);
      }
    } else if (Files.isRegularFile(from)) {
      AtomicFiles.write(to, out -> Files.copy(from, out));
    }
  }
}

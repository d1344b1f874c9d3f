package dev.auspex.serve;

import dev.auspex.io.FileException;
import dev.auspex.run.RunFolder;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The runs in a folder of runs, their ladders included; new ones are found as they appear.
///
/// A run is called by its path below the folder, such as `quickstart` or `quickstart/ladder/16-a`.
/// Thread-safe.
final class Runs {
  private final Path parent;
  private final Map<String, Run> known = new HashMap<>();

  /// @param parent folder of runs; need not exist yet
  Runs(Path parent) {
    this.parent = parent.toAbsolutePath().normalize();
  }

  /// The name of a run folder, empty where it does not lie in this folder.
  Optional<String> nameOf(Path run) {
    Path absolute = run.toAbsolutePath().normalize();
    return absolute.startsWith(parent) && !absolute.equals(parent)
        ? Optional.of(name(absolute))
        : Optional.empty();
  }

  /// All runs, by name.
  synchronized List<Run> all() {
    List<Path> folders = new ArrayList<>();
    for (Path folder : folders(parent)) {
      folders.add(folder);
      folders.addAll(folders(folder.resolve("ladder")));
    }
    return folders.stream()
        .filter(RunFolder::isRun)
        .map(folder -> known.computeIfAbsent(name(folder), n -> new Run(n, new RunFolder(folder))))
        .toList();
  }

  /// The run of that name, where there is one; never a folder outside.
  Optional<Run> named(String name) {
    return all().stream().filter(run -> run.name().equals(name)).findFirst();
  }

  private String name(Path folder) {
    return parent.relativize(folder).toString().replace('\\', '/');
  }

  private static List<Path> folders(Path root) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(root, Files::isDirectory)) {
      List<Path> folders = new ArrayList<>();
      found.forEach(folders::add);
      return folders.stream().sorted().toList();
    } catch (IOException e) {
      throw new FileException(root, e);
    } catch (DirectoryIteratorException e) {
      throw new FileException(root, e.getCause());
    }
  }
}

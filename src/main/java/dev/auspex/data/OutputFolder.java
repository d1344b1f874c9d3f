package dev.auspex.data;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// The folder a dataset will stand in, built beside it and renamed when whole.
///
/// An earlier dataset there is replaced only when the new one is complete, and nothing else is ever
/// replaced. A process killed while building leaves a hidden folder that the next build removes.
final class OutputFolder implements AutoCloseable {
  private static final List<String> OURS =
      List.of(DatasetManifest.FILE, DatasetBuilder.LEDGER, DatasetBuilder.HELDOUT_TEXTS);

  private final Path target;
  private final Path building;
  private final Path earlier;

  private OutputFolder(Path target) {
    this.target = target;
    String prefix = "." + target.getFileName();
    this.building = target.resolveSibling(prefix + ".building-" + ProcessHandle.current().pid());
    this.earlier = target.resolveSibling(prefix + ".replaced");
  }

  /// Whether a name is that of a folder being built, which is nobody's text.
  static boolean isTemporary(String name) {
    return name.matches("\\..*\\.(building-\\d+|replaced)");
  }

  /// Fails unless `out` is free, empty, or a dataset of ours with nothing else in it.
  static void check(Path out) {
    if (out.toAbsolutePath().normalize().getFileName() == null) {
      throw new DataException("out (%s) must be a folder of its own".formatted(out));
    }
    if (!Files.exists(out)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new DataException(
          "out (%s) must be a folder; it is a file, choose another name".formatted(out));
    }
    List<String> strangers = strangers(out);
    if (!strangers.isEmpty()) {
      throw new DataException(
          ("out (%s) must be free or hold a dataset only, since it is replaced; it holds %s,"
                  + " choose another folder")
              .formatted(
                  out, String.join(", ", strangers.subList(0, Math.min(3, strangers.size())))));
    }
  }

  /// What is in the folder that a dataset of ours would not have.
  private static List<String> strangers(Path out) {
    List<String> names;
    try (Stream<Path> children = Files.list(out)) {
      names = children.map(child -> child.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new FileException(out, e);
    }
    if (names.isEmpty() || !DatasetManifest.isIn(out)) {
      return names;
    }
    JsonNode kept = Json.readTree(out.resolve(DatasetManifest.FILE)).path("files");
    return names.stream()
        .filter(name -> !OURS.contains(name) && !kept.has(name))
        .filter(name -> !name.matches("(train|heldout)-\\d{5,}\\.bin"))
        .toList();
  }

  /// Begins a build; the old dataset stays until [#commit].
  static OutputFolder begin(Path out) {
    check(out);
    OutputFolder folder = new OutputFolder(out.toAbsolutePath().normalize());
    folder.recover();
    try {
      Files.createDirectories(folder.building);
    } catch (IOException e) {
      throw new FileException(out, e);
    }
    return folder;
  }

  /// Cleans up after processes that were killed: puts back a dataset that was being replaced and
  /// removes half-built ones.
  private void recover() {
    if (Files.isDirectory(earlier)) {
      if (Files.exists(target)) {
        AtomicFiles.deleteTree(earlier);
      } else {
        AtomicFiles.moveFolder(earlier, target);
      }
    }
    Path parent = target.getParent();
    if (!Files.isDirectory(parent)) {
      return;
    }
    String prefix = "." + target.getFileName() + ".building-";
    try (Stream<Path> children = Files.list(parent)) {
      children
          .filter(child -> child.getFileName().toString().startsWith(prefix))
          .filter(child -> isDead(child.getFileName().toString().substring(prefix.length())))
          .forEach(AtomicFiles::deleteTree);
    } catch (IOException e) {
      throw new FileException(parent, e);
    }
  }

  private static boolean isDead(String pid) {
    return pid.matches("\\d{1,18}")
        && (Long.parseLong(pid) == ProcessHandle.current().pid()
            || ProcessHandle.of(Long.parseLong(pid)).isEmpty());
  }

  /// Where to write.
  Path building() {
    return building;
  }

  /// Puts the finished folder in its place.
  void commit() {
    boolean replaces = Files.exists(target);
    if (replaces) {
      AtomicFiles.moveFolder(target, earlier);
    }
    try {
      AtomicFiles.moveFolder(building, target);
    } catch (FileException e) {
      if (replaces) {
        AtomicFiles.moveFolder(earlier, target);
      }
      throw e;
    }
    AtomicFiles.deleteTree(earlier);
  }

  /// Removes what was not committed.
  @Override
  public void close() {
    AtomicFiles.deleteTree(building);
  }
}

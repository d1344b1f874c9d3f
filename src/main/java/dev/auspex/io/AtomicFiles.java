package dev.auspex.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/// Writes that either happen whole or not at all: temporary file, fsync, rename, fsync of the
/// folder.
public final class AtomicFiles {
  private AtomicFiles() {}

  /// What fills a file.
  @FunctionalInterface
  public interface Body {
    /// Writes the content.
    void writeTo(OutputStream out) throws IOException;
  }

  /// Replaces `path` by `text` in UTF-8.
  public static void writeString(Path path, String text) {
    write(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// Replaces `path` by what `body` writes; on failure the old file stays and the temporary one is
  /// removed.
  public static void write(Path path, Body body) {
    Path target = path.toAbsolutePath();
    Path temporary = target.resolveSibling("." + target.getFileName() + ".tmp");
    try {
      Files.createDirectories(target.getParent());
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
        body.writeTo(out);
        out.flush();
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncFolder(target.getParent());
    } catch (IOException e) {
      deleteQuietly(temporary);
      throw new FileException(path, e);
    }
  }

  /// Renames a finished folder into place; the target must not exist.
  public static void moveFolder(Path from, Path to) {
    try {
      syncFolder(from);
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(to.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new FileException(to, e);
    }
  }

  /// Removes a file or folder with all it holds; nothing happens when it is absent.
  public static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure)
                throws IOException {
              Files.delete(folder);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new FileException(root, e);
    }
  }

  /// Forces a folder's entries to disk where the system can (not on Windows, where a folder cannot
  /// be opened).
  public static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // Folders cannot be opened on some systems; the rename itself is still atomic there.
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // The write's own failure is the one worth telling.
    }
  }
}

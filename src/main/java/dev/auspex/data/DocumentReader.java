package dev.auspex.data;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// Reads the documents of one source in a fixed order: folders sorted by name, archives in the
/// order of their entries, JSON lines as they stand.
///
/// Whatever cannot be read goes to [Drops] with its place and reason, and reading goes on. Memory
/// does not grow with the source. Knows nothing of duplicates and splits.
public final class DocumentReader {
  private static final int BUFFER = 1 << 16;
  private static final int DEEPEST = 3;

  private final Drops drops;
  private final LongConsumer meter;
  private final Glob include;
  private final TextCutter cutter;
  private final JsonLines jsonLines;
  private final ZipReader zips;

  private DocumentReader(
      Source source, ReadOptions options, Drops drops, DocumentSink sink, LongConsumer meter) {
    this.drops = drops;
    this.meter = meter;
    this.include = new Glob(options.include());
    Cleaner cleaner = new Cleaner(source.name(), options, drops, sink);
    this.cutter = new TextCutter(options, drops, cleaner);
    this.jsonLines = new JsonLines(options, drops, cleaner);
    this.zips = new ZipReader(drops, this);
  }

  /// Reads `source` from beginning to end.
  ///
  /// @param meter told of bytes on disk as they are passed
  public static void read(
      Source source, ReadOptions options, Drops drops, DocumentSink sink, LongConsumer meter) {
    DocumentReader reader = new DocumentReader(source, options, drops, sink, meter);
    if (Files.isDirectory(source.path())) {
      reader.folder(source.path(), "");
    } else {
      reader.file(source.path(), source.path().getFileName().toString());
    }
  }

  private void folder(Path folder, String prefix) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(children::add);
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      drops.add(DropReason.UNREADABLE, prefix.isEmpty() ? "." : prefix, 0, message(e));
      return;
    }
    children.sort((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()));
    for (Path child : children) {
      String name = child.getFileName().toString();
      String path = prefix + name;
      if (OutputFolder.isTemporary(name)) {
        continue;
      }
      if (name.startsWith(".")) {
        drops.add(DropReason.HIDDEN, path, 0, "");
      } else if (Files.isDirectory(child)) {
        subfolder(child, path);
      } else if (Files.isRegularFile(child)) {
        found(child, path);
      } else {
        drops.add(DropReason.NOT_REGULAR, path, 0, "neither file nor folder, or a broken link");
      }
    }
  }

  private void subfolder(Path folder, String path) {
    if (Files.isSymbolicLink(folder)) {
      drops.add(DropReason.NOT_REGULAR, path, 0, "a link to a folder; give it as a source");
    } else if (DatasetManifest.isIn(folder)) {
      drops.add(DropReason.DATASET_FOLDER, path, 0, "holds tokens, not text");
    } else {
      folder(folder, path + "/");
    }
  }

  private void found(Path file, String path) {
    if (included(path)) {
      file(file, path);
    } else {
      long size = size(file);
      drops.add(DropReason.NOT_INCLUDED, path, size, "");
      meter.accept(size);
    }
  }

  /// Whether a file of a folder or archive is wanted; archives are looked into.
  boolean included(String path) {
    return Entries.kind(path) == Entries.Kind.ZIP
        || include.matches(path)
        || include.matches(Entries.inflatedName(path));
  }

  private void file(Path file, String path) {
    long size = size(file);
    Expansion expansion = new Expansion(size);
    if (Entries.kind(path) == Entries.Kind.ZIP) {
      zips.read(file, path, expansion, meter);
      return;
    }
    try (MeteredStream in = new MeteredStream(Files.newInputStream(file), meter)) {
      content(path, path, in, size, expansion, 0);
      meter.accept(Math.max(0, size - in.passed()));
    } catch (IOException e) {
      failed(path, size, e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException _) {
      return 0; // opening it will fail and say why
    }
  }

  /// Reads one file's or entry's content by the kind its name tells.
  ///
  /// @param path name of the documents
  /// @param name what is left of the name, once compression was taken off
  /// @param size bytes of `in` where known, else -1
  /// @param depth archives and compressions around it
  void content(String path, String name, InputStream in, long size, Expansion expansion, int depth)
      throws IOException {
    if (depth > DEEPEST) {
      drops.add(DropReason.NESTED_TOO_DEEP, path, Math.max(size, 0), "unpack the outer archives");
      return;
    }
    switch (Entries.kind(name)) {
      case TEXT -> cutter.cut(path, name, in, size);
      case JSON_LINES -> jsonLines.read(path, in);
      case GZIP -> {
        InputStream inflated = expansion.watch(new GZIPInputStream(in, BUFFER));
        content(path, Entries.inflatedName(name), inflated, -1, expansion, depth + 1);
      }
      case ZSTD -> {
        InputStream inflated = expansion.watch(new ZstdInputStream(in));
        content(path, Entries.inflatedName(name), inflated, -1, expansion, depth + 1);
      }
      case ZIP -> zips.readStream(path, in, expansion, depth + 1);
      case UNSUPPORTED ->
          drops.add(
              DropReason.UNSUPPORTED_FORMAT,
              path,
              Math.max(size, 0),
              "unpack or convert it to text, JSONL or zip");
    }
  }

  /// Records why reading `path` ended early.
  void failed(String path, long size, IOException e) {
    DropReason reason =
        switch (e) {
          case Expansion.Exceeded _ -> DropReason.ARCHIVE_BOMB;
          case EntryStream.Mismatch _ -> DropReason.BAD_CHECKSUM;
          case EOFException _ -> DropReason.BROKEN_COMPRESSION;
          case ZipException _ -> DropReason.BROKEN_COMPRESSION;
          case ZstdIOException _ -> DropReason.BROKEN_COMPRESSION;
          default -> DropReason.UNREADABLE;
        };
    drops.add(reason, path, Math.max(size, 0), message(e));
  }

  /// A failure in a few words.
  static String message(Exception e) {
    String text = e.getMessage();
    return text == null ? e.getClass().getSimpleName() : text.lines().findFirst().orElse("");
  }
}

package dev.auspex.data;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.function.LongConsumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/// Reads the entries of zip files. Never unpacks to disk.
///
/// A file is read by its directory, so a bad entry costs that entry only. Where the directory is
/// missing (a file cut short) and inside other archives, entries are read one behind the other, and
/// all that are whole before the damage are kept.
final class ZipReader {
  private static final int BUFFER = 1 << 16;

  private final Drops drops;
  private final DocumentReader reader;

  ZipReader(Drops drops, DocumentReader reader) {
    this.drops = drops;
    this.reader = reader;
  }

  /// Reads a file on disk.
  void read(Path file, String path, Expansion expansion, LongConsumer meter) {
    try {
      long size = Files.size(file);
      if (size == 0) {
        drops.add(DropReason.EMPTY, path, 0, "");
        return;
      }
      try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8)) {
        Enumeration<? extends ZipEntry> entries = zip.entries();
        long passed = 0;
        while (entries.hasMoreElements()) {
          ZipEntry entry = entries.nextElement();
          entry(zip, path, entry, expansion);
          long packed = Math.clamp(entry.getCompressedSize(), 0, size - passed);
          passed += packed;
          meter.accept(packed);
        }
        meter.accept(size - passed);
      } catch (IOException | IllegalArgumentException e) {
        salvage(file, path, expansion, e);
        meter.accept(size);
      }
    } catch (IOException e) {
      drops.add(DropReason.UNREADABLE, path, 0, DocumentReader.message(e));
    }
  }

  private void entry(ZipFile zip, String path, ZipEntry entry, Expansion expansion) {
    if (!wanted(path, entry)) {
      return;
    }
    String name = path + "!/" + entry.getName();
    long size = entry.getSize();
    if (expansion.wouldExceed(size)) {
      reader.failed(name, size, expansion.exceeded());
      return;
    }
    try (InputStream in = zip.getInputStream(entry)) {
      InputStream checked = new EntryStream(expansion.watch(in), size, entry.getCrc());
      reader.content(name, entry.getName(), checked, size, expansion, 1);
    } catch (java.util.zip.ZipException e) {
      drops.add(DropReason.BROKEN_ARCHIVE, name, Math.max(size, 0), DocumentReader.message(e));
    } catch (IOException e) {
      reader.failed(name, size, e);
    }
  }

  /// Whether to read an entry; records why not.
  private boolean wanted(String path, ZipEntry entry) {
    String name = entry.getName();
    long size = Math.max(entry.getSize(), 0);
    if (!Entries.isSafe(name)) {
      String detail = "the name leaves the archive's folder";
      drops.add(DropReason.UNSAFE_NAME, path + "!/" + name, size, detail);
      return false;
    }
    if (entry.isDirectory()) {
      return false;
    }
    if (!reader.included(name)) {
      drops.add(DropReason.NOT_INCLUDED, path + "!/" + name, size, "");
      return false;
    }
    return true;
  }

  /// Takes the whole entries at the beginning of a zip file whose directory cannot be read.
  private void salvage(Path file, String path, Expansion expansion, Exception failure)
      throws IOException {
    long size = Files.size(file);
    long whole;
    try (InputStream in = Files.newInputStream(file)) {
      whole = entries(path, in, expansion, 1);
    }
    String detail =
        DocumentReader.message(failure) + "; " + whole + " whole entries before the damage kept";
    drops.add(DropReason.BROKEN_ARCHIVE, path, size, detail);
  }

  /// Reads an archive inside another.
  void readStream(String path, InputStream in, Expansion expansion, int depth) {
    entries(path, in, expansion, depth);
  }

  /// Reads entries one behind the other until the end or the first damage; answers how many were
  /// whole.
  private long entries(String path, InputStream in, Expansion expansion, int depth) {
    long whole = 0;
    String at = path;
    try {
      // Not closed: what it reads from belongs to the caller.
      ZipInputStream zip =
          new ZipInputStream(new BufferedInputStream(in, BUFFER), StandardCharsets.UTF_8);
      ZipEntry entry = zip.getNextEntry();
      if (entry == null) {
        throw new IOException("no zip entry found");
      }
      for (; entry != null; entry = zip.getNextEntry()) {
        at = path + "!/" + entry.getName();
        InputStream content = unclosable(expansion.watch(zip));
        if (wanted(path, entry)) {
          reader.content(at, entry.getName(), content, entry.getSize(), expansion, depth);
        }
        content.transferTo(OutputStream.nullOutputStream());
        whole++;
        at = path;
      }
    } catch (Expansion.Exceeded e) {
      reader.failed(at, 0, e);
    } catch (IOException | IllegalArgumentException e) {
      drops.add(DropReason.BROKEN_ARCHIVE, at, 0, DocumentReader.message(e));
    }
    return whole;
  }

  private static InputStream unclosable(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return in.read(target, offset, length);
      }

      @Override
      public void close() {}
    };
  }
}

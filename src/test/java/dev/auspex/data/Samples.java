package dev.auspex.data;

import dev.auspex.io.Progress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Files, archives and corpora for tests.
final class Samples {
  private Samples() {}

  /// Progress that keeps its warnings.
  static final class Warnings implements Progress {
    final List<String> lines = new ArrayList<>();

    @Override
    public void start(String name, long total, String unit) {}

    @Override
    public void update(long done, String note) {}

    @Override
    public void finish() {}

    @Override
    public void warn(String line) {
      lines.add(line);
    }
  }

  /// What reading one source gave.
  record ReadBack(Map<String, String> texts, Drops drops, Warnings warnings) {
    long count(DropReason reason) {
      Ledger.Dropped dropped = drops.dropped().get(reason.key());
      return dropped == null ? 0 : dropped.count();
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Path write(Path file, byte[] content) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path file, String text) {
    return write(file, utf8(text));
  }

  static ReadBack read(Path path, ReadOptions options) {
    Map<String, String> texts = new LinkedHashMap<>();
    Warnings warnings = new Warnings();
    Drops drops = new Drops("s", warnings);
    DocumentReader.read(
        Source.of(List.of(path), List.of()).getFirst(),
        options,
        drops,
        document -> texts.put(document.path(), new String(document.text(), StandardCharsets.UTF_8)),
        _ -> {});
    return new ReadBack(texts, drops, warnings);
  }

  static ReadBack read(Path path) {
    return read(path, ReadOptions.STANDARD);
  }

  static byte[] zip(Map<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        header.setTime(0);
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Map<String, byte[]> entries(String... namesAndTexts) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      entries.put(namesAndTexts[i], utf8(namesAndTexts[i + 1]));
    }
    return entries;
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// Words that do not repeat, so that compression has work to do.
  static String words(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(Integer.toString(random.nextInt(100_000), 36)).append(i % 9 == 8 ? '\n' : ' ');
    }
    return text.toString();
  }

  /// A folder of `count` small files.
  static Path folder(Path folder, int count) {
    for (int i = 0; i < count; i++) {
      write(folder.resolve("part" + i % 5).resolve("file" + i + ".txt"), words(i, 20 + i % 40));
    }
    return folder;
  }

  static Corpus corpus(SplitOptions split, Path... paths) {
    return Corpus.scan(
        Source.of(List.of(paths), List.of("CC0-1.0")), ReadOptions.STANDARD, split, Progress.NONE);
  }

  static SplitOptions heldout(double share) {
    return new SplitOptions(share, SplitOptions.HeldoutBy.HASH, Long.MAX_VALUE);
  }

  /// Every file below `folder` with its content in ISO 8859-1.
  static Map<String, String> snapshot(Path folder) {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(
            folder.relativize(path).toString(),
            new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }
}

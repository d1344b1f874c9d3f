package dev.auspex.cli;

import dev.auspex.io.FileException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// The texts under some paths, one after the other in the order of their names, in bounded memory:
/// long files come in parts.
final class TokenizerSources implements Iterator<TokenizerSources.Text> {
  private static final int PART_BYTES = 8 << 20;

  /// @param source the path given by the user
  /// @param name the file or archive entry
  /// @param bytes its content, or a part of it
  record Text(Path source, String name, byte[] bytes) {}

  private record Entry(Path source, Path file) {}

  private final Deque<Entry> files = new ArrayDeque<>();
  private final Deque<ZipEntry> zipEntries = new ArrayDeque<>();
  private @Nullable ZipFile zip;
  private @Nullable InputStream open;
  private byte[] rest = {};
  private Path source = Path.of("");
  private Path file = Path.of("");
  private String name = "";
  private @Nullable Text next;

  TokenizerSources(List<Path> sources) {
    for (Path path : sources) {
      if (!Files.exists(path)) {
        throw new FileException("--source (%s) must exist; check the path".formatted(path));
      }
      try (Stream<Path> walk = Files.walk(path)) {
        walk.filter(Files::isRegularFile).sorted().forEach(f -> files.add(new Entry(path, f)));
      } catch (IOException e) {
        throw new FileException(path, e);
      }
    }
    next = advance();
  }

  /// An iterator over something made of each text.
  <T> Iterator<T> map(Function<Text, T> function) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return TokenizerSources.this.hasNext();
      }

      @Override
      public T next() {
        return function.apply(TokenizerSources.this.next());
      }
    };
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Text next() {
    Text text = next;
    if (text == null) {
      throw new NoSuchElementException();
    }
    next = advance();
    return text;
  }

  private @Nullable Text advance() {
    try {
      while (open != null || openNext()) {
        byte[] part = part();
        if (part.length > 0) {
          return new Text(source, name, part);
        }
      }
      return null;
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  private boolean openNext() throws IOException {
    if (zip != null) {
      ZipEntry entry = zipEntries.poll();
      if (entry != null) {
        name = entry.getName();
        open = zip.getInputStream(entry);
        return true;
      }
      zip.close();
      zip = null;
    }
    Entry entry = files.poll();
    if (entry == null) {
      return false;
    }
    source = entry.source;
    file = entry.file;
    name = file.toString();
    if (name.endsWith(".zip") || name.endsWith(".jar")) {
      openZip();
      return openNext();
    }
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    open = name.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
    return true;
  }

  private void openZip() throws IOException {
    ZipFile opened = new ZipFile(file.toFile());
    for (ZipEntry entry : Collections.list(opened.entries())) {
      if (!entry.isDirectory()) {
        zipEntries.add(entry);
      }
    }
    zip = opened;
  }

  /// The next part of the open file, cut after a line where possible; closes the file at its end.
  private byte[] part() throws IOException {
    InputStream in = java.util.Objects.requireNonNull(open);
    byte[] part = Arrays.copyOf(rest, PART_BYTES);
    int n = rest.length;
    n += in.readNBytes(part, n, PART_BYTES - n);
    rest = new byte[0];
    if (n < PART_BYTES) {
      in.close();
      open = null;
      return Arrays.copyOf(part, n);
    }
    int cut = n;
    while (cut > n / 2 && part[cut - 1] != '\n') {
      cut--;
    }
    cut = cut == n / 2 ? n : cut;
    rest = Arrays.copyOfRange(part, cut, n);
    return Arrays.copyOf(part, cut);
  }
}

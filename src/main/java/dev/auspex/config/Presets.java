package dev.auspex.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The settings that ship with Auspex: one YAML resource `presets/<name>.yaml` each.
final class Presets {
  private static final String FOLDER = "presets/";
  private static final String ENDING = ".yaml";

  private Presets() {}

  /// All names on the class path, sorted.
  static List<String> names() {
    TreeSet<String> names = new TreeSet<>();
    try {
      ClassLoader loader = Presets.class.getClassLoader();
      for (URL folder : Collections.list(loader.getResources(FOLDER))) {
        names.addAll(namesIn(folder.toURI()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    return List.copyOf(names);
  }

  /// The YAML of one preset.
  static String text(String name) {
    List<String> known = names();
    if (!known.contains(name)) {
      throw new ConfigException(
          "preset (" + name + ") must be one of " + String.join(", ", known) + near(name, known));
    }
    try (InputStream in = Presets.class.getResourceAsStream("/" + FOLDER + name + ENDING)) {
      if (in == null) {
        throw new IllegalStateException("preset " + name + " vanished from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String near(String name, List<String> known) {
    return Nearest.to(name, known).map(n -> "; nearest: " + n).orElse("");
  }

  private static List<String> namesIn(URI folder) throws IOException {
    if (!"jar".equals(folder.getScheme())) {
      return namesIn(Path.of(folder));
    }
    try (FileSystem jar = FileSystems.newFileSystem(folder, Map.of())) {
      return namesIn(jar.getPath(FOLDER));
    }
  }

  private static List<String> namesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(ENDING))
          .map(file -> file.substring(0, file.length() - ENDING.length()))
          .toList();
    }
  }
}

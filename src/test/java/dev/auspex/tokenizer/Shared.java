package dev.auspex.tokenizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// Finds the shared test data; tests that need it are skipped where it is absent.
final class Shared {
  private Shared() {}

  static Path tokenizers(String name) {
    return under("tokenizers", name);
  }

  static Path models(String name) {
    return under("models", name);
  }

  private static Path under(String kind, String name) {
    Path root = Path.of(System.getProperty("auspex.shared", "../shared/data"));
    Path path = root.resolve(kind).resolve(name);
    Assumptions.assumeTrue(Files.exists(path), () -> path + " is absent");
    return path;
  }

  static String text(String name) {
    try {
      return Files.readString(tokenizers(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.auspex.run;

import dev.auspex.io.Json;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;

/// What was run on what, written before the first step so that every result can be traced.
///
/// @param source the version of Auspex
/// @param seed the run's seed
/// @param machine the computer and its JDK
/// @param libtorch the engine's version
/// @param device where the tensors live, such as `cpu`
/// @param hashes SHA-256 by name: `data`, `tokenizer` and what else the run was made from
/// @param started when the run began, to the second, in UTC
public record Manifest(
    SourceState source,
    long seed,
    Machine machine,
    String libtorch,
    String device,
    Map<String, String> hashes,
    Instant started) {
  /// Copies the hashes, sorted by name.
  public Manifest {
    hashes = java.util.Collections.unmodifiableMap(new TreeMap<>(hashes));
    started = started.truncatedTo(ChronoUnit.SECONDS);
  }

  /// The manifest of a run that starts now on this machine.
  public static Manifest startingNow(
      long seed, String libtorch, String device, Map<String, String> hashes) {
    return new Manifest(
        SourceState.of(programFolder()),
        seed,
        Machine.current(),
        libtorch,
        device,
        hashes,
        Instant.now());
  }

  /// Reads a run's manifest; a broken one is a user error.
  public static Manifest read(Path file) {
    return Json.read(file, Manifest.class);
  }

  /// Writes it, atomically.
  public void write(Path file) {
    Json.write(file, this);
  }

  /// Where these classes were loaded from; inside the checkout when built from source.
  private static Path programFolder() {
    try {
      Path classes =
          Path.of(Manifest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return classes.toAbsolutePath().getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.auspex.scaling;

import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// An append-only file of sealed forecasts, each holding the hash of the one before.
///
/// A changed, removed or reordered line breaks the chain from there on; {@link #verify} says where.
public final class ForecastRegister {
  private static final String FIRST = "0".repeat(64);

  private final Path file;

  /// @param file JSON lines; made on the first seal
  public ForecastRegister(Path file) {
    this.file = file;
  }

  /// Seals a forecast for a run that must not have started.
  ///
  /// @param runFolder the target's folder, with its `config.yaml`
  /// @param inputs hashes of what the forecast rests on
  public SealedForecast seal(
      Forecast forecast, Path runFolder, Map<String, String> inputs, String code) {
    Path config = runFolder.resolve("config.yaml");
    if (!Files.isRegularFile(config)) {
      throw new ScalingException(config + " must exist before a forecast of its run is sealed");
    }
    requireNotStarted(runFolder);
    List<SealedForecast> before = verify();
    String previous = before.isEmpty() ? FIRST : before.getLast().seal();
    SealedForecast open =
        new SealedForecast(
            "",
            previous,
            Instant.now().toString(),
            runFolder.getFileName().toString(),
            Hashes.sha256(config),
            new TreeMap<>(inputs),
            code,
            forecast);
    SealedForecast sealed = withSeal(open);
    append(Json.line(sealed) + "\n");
    Json.write(runFolder.resolve("forecast.json"), sealed);
    return sealed;
  }

  private static void requireNotStarted(Path runFolder) {
    Path metrics = runFolder.resolve("metrics.jsonl");
    try {
      if (Files.exists(metrics) && Files.size(metrics) > 0
          || Files.exists(runFolder.resolve("checkpoints"))) {
        throw new ScalingException(
            "run (%s) must not have started when its forecast is sealed; forecast a new run"
                .formatted(runFolder));
      }
    } catch (IOException e) {
      throw new FileException(metrics, e);
    }
  }

  private static SealedForecast withSeal(SealedForecast open) {
    return new SealedForecast(
        sealOf(open),
        open.previous(),
        open.time(),
        open.target(),
        open.targetConfigSha256(),
        open.inputs(),
        open.code(),
        open.forecast());
  }

  /// Hash over every field but the seal itself.
  static String sealOf(SealedForecast entry) {
    ObjectNode node = Json.MAPPER.valueToTree(entry);
    node.remove("seal");
    return Hashes.sha256(Json.line(node));
  }

  private void append(String line) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.APPEND)) {
        channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        channel.force(true);
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// Reads all entries and checks the chain.
  /// @throws ScalingException naming the first line that does not fit
  public List<SealedForecast> verify() {
    List<SealedForecast> entries = new ArrayList<>();
    if (!Files.exists(file)) {
      return entries;
    }
    String previous = FIRST;
    int number = 0;
    for (String line : lines()) {
      number++;
      SealedForecast entry;
      try {
        entry = Json.MAPPER.readValue(line, SealedForecast.class);
      } catch (JacksonException e) {
        throw broken(number, "is not a sealed forecast (" + Json.reason(e) + ")");
      }
      if (!entry.previous().equals(previous)) {
        throw broken(number, "does not follow the line before; a line was removed or moved");
      }
      if (!entry.seal().equals(sealOf(entry))) {
        throw broken(number, "was changed after it was sealed");
      }
      previous = entry.seal();
      entries.add(entry);
    }
    return entries;
  }

  private List<String> lines() {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  private ScalingException broken(int line, String what) {
    return new ScalingException(
        "register (%s:%d) %s; restore the file from a copy".formatted(file, line, what));
  }
}

package dev.auspex.scaling;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.FileException;
import dev.auspex.io.Hashes;
import dev.auspex.io.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The append-only register of forecasts, each sealed before its target's first step.
///
/// One entry a line. A seal is the SHA-256 of the previous seal and the entry, so no entry can be
/// changed, taken out or moved without breaking every later one. A copy of the entry goes to the
/// target's folder as `forecast.json`, so cutting entries off the end shows as well. Appending
/// takes a lock and either happens whole or not at all.
public final class ForecastRegister {
  /// A file lock holds between processes only; this one holds between the threads of this process.
  private static final Object APPENDING = new Object();

  private final Path file;
  private final Clock clock;

  /// @param file the register, usually `runs/register.jsonl`; need not exist yet
  public ForecastRegister(Path file) {
    this(file, Clock.systemUTC());
  }

  /// @param file the register; need not exist yet
  /// @param clock what gives a seal its time
  public ForecastRegister(Path file, Clock clock) {
    this.file = file;
    this.clock = clock;
  }

  /// The register of the folder a run lies in.
  public static ForecastRegister beside(Path runDir) {
    return new ForecastRegister(runDir.toAbsolutePath().resolveSibling("register.jsonl"));
  }

  /// Where the register lies.
  public Path file() {
    return file;
  }

  /// Seals a forecast; refuses where its target has already begun or is already forecast.
  ///
  /// @return the entry as written
  public Sealed seal(SealRequest request) {
    RunFolder run = RunFolder.of(request.runDir(), request.part());
    synchronized (APPENDING) {
      return sealAlone(request, run);
    }
  }

  private Sealed sealAlone(SealRequest request, RunFolder run) {
    try {
      Files.createDirectories(folder());
      Path lock = folder().resolve("." + file.getFileName() + ".lock");
      try (FileChannel channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var _ = channel.lock()) {
        requireUnstarted(run);
        return append(request, run);
      }
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  /// All entries in order; a line that is no JSON object is an error that names it.
  public List<Sealed> entries() {
    List<Sealed> entries = new ArrayList<>();
    List<String> lines = lines();
    for (int i = 0; i < lines.size(); i++) {
      entries.add(parse(lines.get(i), i + 1));
    }
    return entries;
  }

  /// The forecast sealed for a run, where its folder holds one.
  public Optional<Sealed> sealedFor(Path runDir) {
    return sealedFor(runDir, "");
  }

  /// The forecast sealed for a part of a run, where there is one.
  public Optional<Sealed> sealedFor(Path runDir, String part) {
    Path forecast = RunFolder.of(runDir, part).forecast();
    return Files.isRegularFile(forecast)
        ? Optional.of(parse(Json.readTree(forecast), forecast.toString()))
        : Optional.empty();
  }

  /// Checks every entry, its chain, its target's folder, and the folders beside the register.
  public Verification verify() {
    return new RegisterCheck(this).verify();
  }

  /// Scores the sealed forecast of a run that has ended, and keeps the score in its folder.
  public Score score(Path runDir) {
    return score(runDir, "");
  }

  /// The same for a part of a run.
  public Score score(Path runDir, String part) {
    RunFolder run = RunFolder.of(runDir, part);
    if (!Files.isRegularFile(run.forecast())) {
      throw new RegisterException(
          "run (%s) must hold a sealed forecast.json; seal one before training".formatted(runDir));
    }
    Sealed sealed = parse(Json.readTree(run.forecast()), run.forecast().toString());
    OptionalDouble actual = run.result(sealed.metric());
    if (actual.isEmpty()) {
      throw new RegisterException(
          "run (%s) must have ended; result.json is not there yet, finish it with train --resume"
              .formatted(runDir));
    }
    boolean valid = new RegisterCheck(this).problemsOf(sealed, run).isEmpty();
    Score score = Score.of(sealed, actual.getAsDouble(), valid);
    Json.write(run.score(), score);
    return score;
  }

  /// Every forecast sealed here with its outcome where there is one.
  public Ledger ledger() {
    List<Ledger.Row> rows = new ArrayList<>();
    for (Sealed sealed : entries()) {
      RunFolder run = runOf(sealed);
      OptionalDouble actual = run.result(sealed.metric());
      Score score =
          actual.isEmpty()
              ? null
              : Score.of(
                  sealed,
                  actual.getAsDouble(),
                  new RegisterCheck(this).problemsOf(sealed, run).isEmpty());
      rows.add(
          new Ledger.Row(
              sealed.seal(),
              sealed.time().toString(),
              sealed.run(),
              sealed.metric(),
              sealed.level(),
              sealed.interval().predicted(),
              sealed.interval().low(),
              sealed.interval().high(),
              score));
    }
    return Ledger.of(rows);
  }

  /// The lines of the register, none where it does not exist.
  List<String> lines() {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FileException(file, e);
    }
  }

  Sealed parse(String line, int number) {
    try {
      return parse(Json.MAPPER.readTree(line), "line %d of %s".formatted(number, file));
    } catch (JacksonException e) {
      throw new RegisterException(
          "line %d of %s must be a JSON object (%s); restore the register from a copy"
              .formatted(number, file, Json.reason(e)));
    }
  }

  RunFolder runOf(Sealed sealed) {
    return RunFolder.of(folder().resolve(sealed.run()), sealed.part());
  }

  Path folder() {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  private static Sealed parse(JsonNode tree, String where) {
    if (tree instanceof ObjectNode object) {
      return new Sealed(object);
    }
    throw new RegisterException("%s must be a JSON object; it was changed".formatted(where));
  }

  private static void requireUnstarted(RunFolder run) {
    run.traceOfTraining()
        .ifPresent(
            trace -> {
              throw new RegisterException(
                  ("run (%s) must not have begun when it is forecast, and it holds %s; seal the"
                          + " forecast of a new run folder")
                      .formatted(run.path(), trace));
            });
    if (Files.exists(run.forecast())) {
      throw new RegisterException(
          "run (%s) must not be forecast twice, and it holds forecast.json; take a new run folder"
              .formatted(run.path()));
    }
    if (!Files.isRegularFile(run.config())) {
      throw new RegisterException(
          "run (%s) must hold the target's config.yaml, whose hash is sealed"
              .formatted(run.path()));
    }
  }

  private Sealed append(SealRequest request, RunFolder run) {
    List<Sealed> entries = entries();
    Optional<Sealed> made = unfinished(entries, request, run);
    if (made.isPresent()) {
      return made.get();
    }
    String previous = entries.isEmpty() ? Sealed.GENESIS : entries.getLast().seal();
    ObjectNode json = describe(request, run, previous);
    Sealed unsealed = new Sealed(json);
    json.put("seal", unsealed.expectedSeal());
    StringBuilder text = new StringBuilder();
    lines().forEach(line -> text.append(line).append('\n'));
    AtomicFiles.writeString(file, text.append(Json.line(json)).append('\n').toString());
    Json.write(run.forecast(), json);
    return new Sealed(json);
  }

  /// An entry whose copy never reached the run folder because sealing was interrupted between the
  /// two; the copy is made now.
  private Optional<Sealed> unfinished(List<Sealed> entries, SealRequest request, RunFolder run) {
    String name = relative(request.runDir());
    String config = Hashes.sha256(run.config());
    Optional<Sealed> made =
        entries.stream()
            .filter(
                entry ->
                    entry.run().equals(name)
                        && entry.part().equals(request.part())
                        && entry.configHash().equals(config))
            .reduce((_, later) -> later);
    made.ifPresent(entry -> Json.write(run.forecast(), entry.json()));
    return made;
  }

  private ObjectNode describe(SealRequest request, RunFolder run, String previous) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("previous", previous);
    json.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
    json.put("run", relative(request.runDir()));
    if (!request.part().isEmpty()) {
      json.put("part", request.part());
    }
    json.put("config_sha256", Hashes.sha256(run.config()));
    json.put("description", request.description());
    json.put("metric", request.metric());
    json.put("code_version", request.codeVersion());
    ArrayNode inputs = json.putArray("inputs");
    for (Path input : request.inputs()) {
      inputs.addObject().put("name", relative(input)).put("sha256", Hashes.sha256(input));
    }
    JsonNode forecast = Json.MAPPER.readTree(Json.line(request.forecast()));
    forecast.properties().forEach(entry -> json.set(entry.getKey(), entry.getValue()));
    return json;
  }

  private String relative(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    Path base = folder().normalize();
    try {
      return base.relativize(absolute).toString().replace('\\', '/');
    } catch (IllegalArgumentException _) {
      return absolute.getFileName().toString();
    }
  }
}

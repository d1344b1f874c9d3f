package dev.auspex.cli;

import dev.auspex.config.Config;
import dev.auspex.config.ConfigException;
import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.scaling.Observation;
import dev.auspex.train.DivergedException;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;

/// Trains the runs of a ladder, one thread each and as many at once as there are processors,
/// largest first. A finished run is never repeated; an interrupted one goes on where it was.
final class LadderRunner {
  private final Path root;
  private final Interruption interruption;
  private final Progress progress;

  /// @param root folder that gets `ladder/<run>/` and `ladder.jsonl`
  LadderRunner(Path root, Interruption interruption, Progress progress) {
    this.root = root;
    this.interruption = interruption;
    this.progress = progress;
  }

  /// Runs all rungs; empty when interrupted.
  Optional<List<Observation>> run(List<Rung> rungs, Path dataset) {
    Optional<List<Observation>> all =
        each(rungs, (rung, part) -> runOne(rung, dataset, part).map(r -> observation(rung, r)));
    all.ifPresent(
        found -> {
          found.sort(java.util.Comparator.comparingDouble(Observation::flops));
          StringBuilder lines = new StringBuilder();
          found.forEach(run -> lines.append(Json.line(run)).append('\n'));
          AtomicFiles.writeString(root.resolve("ladder.jsonl"), lines.toString());
        });
    return all;
  }

  /// Runs all rungs and tells each one's loss by its name, infinite where it diverged; empty when
  /// interrupted.
  Optional<Map<String, Double>> losses(List<Rung> rungs, Path dataset) {
    rungs.forEach(this::requireSameSettings);
    return each(
            rungs, (rung, part) -> loss(rung, dataset, part).map(x -> Map.entry(rung.name(), x)))
        .map(
            all -> {
              Map<String, Double> losses = new HashMap<>();
              all.forEach(entry -> losses.put(entry.getKey(), entry.getValue()));
              return losses;
            });
  }

  private Optional<Double> loss(Rung rung, Path dataset, Progress part) {
    try {
      return runOne(rung, dataset, part)
          .map(r -> Double.isFinite(r.heldoutBpb()) ? r.heldoutBpb() : Double.POSITIVE_INFINITY);
    } catch (DivergedException _) {
      return Optional.of(Double.POSITIVE_INFINITY);
    }
  }

  private void requireSameSettings(Rung rung) {
    RunFolder folder = folder(rung);
    if (RunFolder.isRun(folder.root())
        && !Config.read(folder.config(), TrainConfig.class).equals(rung.config())) {
      throw new ConfigException(
          "--dir (%s) must be a folder of runs with these settings; %s has others, name another"
              .formatted(root, rung.name()));
    }
  }

  private <T> Optional<List<T>> each(
      List<Rung> rungs, BiFunction<Rung, Progress, Optional<T>> work) {
    List<Rung> largestFirst = new ArrayList<>(rungs);
    largestFirst.sort((a, b) -> Double.compare(b.config().flops(), a.config().flops()));
    double total = rungs.stream().mapToDouble(rung -> rung.config().flops()).sum();
    SharedProgress shared = new SharedProgress(progress, "ladder", total);
    int workers = Math.min(rungs.size(), Runtime.getRuntime().availableProcessors());
    List<T> results = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(workers, platformThreads())) {
      List<Future<Optional<T>>> futures =
          largestFirst.stream()
              .map(
                  rung ->
                      pool.submit(
                          () ->
                              work.apply(
                                  rung, shared.part(rung.config().flops(), rung.config().steps()))))
              .toList();
      for (Future<Optional<T>> future : futures) {
        result(future).ifPresent(results::add);
      }
    }
    shared.finish();
    return results.size() < rungs.size() ? Optional.empty() : Optional.of(results);
  }

  private static java.util.concurrent.ThreadFactory platformThreads() {
    return Thread.ofPlatform().name("ladder-", 0).daemon(true).factory();
  }

  private RunFolder folder(Rung rung) {
    return new RunFolder(root.resolve("ladder").resolve(rung.name()));
  }

  private Optional<TrainResult> runOne(Rung rung, Path dataset, Progress part) {
    if (interruption.requested()) {
      return Optional.empty();
    }
    RunFolder folder = folder(rung);
    TrainingRun run = new TrainingRun(folder, interruption, part);
    if (!RunFolder.isRun(folder.root())) {
      run.prepare(rung.config(), dataset);
    }
    return run.run();
  }

  private static Observation observation(Rung rung, TrainResult result) {
    return new Observation(
        rung.name(),
        result.flops(),
        result.parameters(),
        result.tokens(),
        result.heldoutBpb(),
        rung.config().seed());
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

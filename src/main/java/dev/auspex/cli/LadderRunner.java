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
import dev.auspex.scaling.Trunk;
import dev.auspex.scaling.Trunk.Branch;
import dev.auspex.train.DivergedException;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;

/// Trains the runs of a ladder, one thread each and as many at once as there are processors,
/// largest first, trunks before other runs. A finished run is never repeated; an interrupted one
/// goes on where it was.
final class LadderRunner {
  private static final String FOLDER = "ladder";

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
  ///
  /// @param trunks from which rungs are finished; all others begin at their first step
  Optional<List<Observation>> run(List<Rung> rungs, List<Trunk> trunks, Path dataset) {
    rungs.forEach(this::requireSameSettings);
    trunks.forEach(trunk -> requireSameSettings(new Rung(trunk.name(), trunk.config())));
    Optional<List<Observation>> all =
        each(
            rungs,
            trunks,
            dataset,
            (rung, part) -> runOne(rung, dataset, part).map(r -> observation(rung, r)));
    all.ifPresent(
        found -> {
          found.sort(Comparator.comparingDouble(Observation::flops));
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
            rungs,
            List.of(),
            dataset,
            (rung, part) -> loss(rung, dataset, part).map(x -> Map.entry(rung.name(), x)))
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
        && !Config.read(folder.config(), TrainConfig.class)
            .withData("")
            .equals(rung.config().withData(""))) {
      throw new ConfigException(
          "--dir (%s) must be a folder of runs with these settings; %s has others, name another"
              .formatted(root, rung.name()));
    }
  }

  private <T> Optional<List<T>> each(
      List<Rung> rungs,
      List<Trunk> trunks,
      Path dataset,
      BiFunction<Rung, Progress, Optional<T>> work) {
    Map<Rung, Branch> branches = new HashMap<>();
    trunks.forEach(
        trunk -> trunk.branches().forEach(branch -> branches.put(branch.rung(), branch)));
    List<Rung> whole = rungs.stream().filter(rung -> !branches.containsKey(rung)).toList();
    SharedProgress shared = new SharedProgress(progress, "ladder", flops(whole, trunks));
    int workers = Math.min(rungs.size(), Runtime.getRuntime().availableProcessors());
    List<T> results = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(workers, platformThreads())) {
      BiFunction<Rung, Long, Future<Optional<T>>> begin =
          (rung, done) ->
              pool.submit(() -> one(rung, shared.part(rung.config().flopsPerStep(), done), work));
      List<Future<List<Future<Optional<T>>>>> grown = new ArrayList<>();
      for (Trunk trunk : largestFirst(trunks, Trunk::flops)) {
        grown.add(pool.submit(() -> grow(trunk, dataset, shared, begin)));
      }
      List<Future<Optional<T>>> runs = new ArrayList<>();
      for (Rung rung : largestFirst(whole, rung -> rung.config().flops())) {
        runs.add(begin.apply(rung, 0L));
      }
      grown.forEach(trunk -> runs.addAll(result(trunk)));
      runs.forEach(run -> result(run).ifPresent(results::add));
    }
    shared.finish();
    return results.size() < rungs.size() ? Optional.empty() : Optional.of(results);
  }

  private static double flops(List<Rung> whole, List<Trunk> trunks) {
    return whole.stream().mapToDouble(rung -> rung.config().flops()).sum()
        + trunks.stream().mapToDouble(Trunk::flops).sum();
  }

  /// Does the work on one run, which counts as done also where an earlier call has done it.
  private static <T> Optional<T> one(
      Rung rung, Progress part, BiFunction<Rung, Progress, Optional<T>> work) {
    Optional<T> found = work.apply(rung, part);
    found.ifPresent(_ -> part.update(rung.config().steps(), ""));
    return found;
  }

  /// Trains a trunk; the runs of its branches, each begun when its folder was there.
  private <T> List<Future<Optional<T>>> grow(
      Trunk trunk,
      Path dataset,
      SharedProgress shared,
      BiFunction<Rung, Long, Future<Optional<T>>> begin) {
    List<Future<Optional<T>>> begun = new ArrayList<>();
    new TrunkRun(root.resolve(FOLDER), trunk, interruption)
        .grow(
            dataset,
            shared.part(trunk.config().flopsPerStep(), 0),
            branch -> begun.add(begin.apply(branch.rung(), branch.start())));
    return begun;
  }

  private static <R> List<R> largestFirst(List<R> all, ToDoubleFunction<R> flops) {
    return all.stream().sorted(Comparator.comparingDouble(flops).reversed()).toList();
  }

  private static java.util.concurrent.ThreadFactory platformThreads() {
    return Thread.ofPlatform().name("ladder-", 0).daemon(true).factory();
  }

  /// The folder of a ladder's run.
  static RunFolder folder(Path root, String name) {
    return new RunFolder(root.resolve(FOLDER).resolve(name));
  }

  private RunFolder folder(Rung rung) {
    return folder(root, rung.name());
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

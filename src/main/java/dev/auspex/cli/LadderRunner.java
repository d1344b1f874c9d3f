package dev.auspex.cli;

import dev.auspex.io.AtomicFiles;
import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.scaling.Observation;
import dev.auspex.train.TrainResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

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
    List<Rung> largestFirst = new ArrayList<>(rungs);
    largestFirst.sort((a, b) -> Double.compare(b.config().flops(), a.config().flops()));
    double total = rungs.stream().mapToDouble(rung -> rung.config().flops()).sum();
    SharedProgress shared = new SharedProgress(progress, "ladder", total);
    int workers = Math.min(rungs.size(), Runtime.getRuntime().availableProcessors());
    List<Observation> observations = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(workers, platformThreads())) {
      List<Future<Optional<Observation>>> futures =
          largestFirst.stream()
              .map(rung -> pool.submit(() -> runOne(rung, dataset, shared)))
              .toList();
      for (Future<Optional<Observation>> future : futures) {
        result(future).ifPresent(observations::add);
      }
    }
    shared.finish();
    if (observations.size() < rungs.size()) {
      return Optional.empty();
    }
    observations.sort(java.util.Comparator.comparingDouble(Observation::flops));
    StringBuilder lines = new StringBuilder();
    observations.forEach(run -> lines.append(Json.line(run)).append('\n'));
    AtomicFiles.writeString(root.resolve("ladder.jsonl"), lines.toString());
    return Optional.of(observations);
  }

  private static java.util.concurrent.ThreadFactory platformThreads() {
    return Thread.ofPlatform().name("ladder-", 0).daemon(true).factory();
  }

  private Optional<Observation> runOne(Rung rung, Path dataset, SharedProgress shared) {
    if (interruption.requested()) {
      return Optional.empty();
    }
    RunFolder folder = new RunFolder(root.resolve("ladder").resolve(rung.name()));
    TrainingRun run =
        new TrainingRun(
            folder, interruption, shared.part(rung.config().flops(), rung.config().steps()));
    if (!RunFolder.isRun(folder.root())) {
      run.prepare(rung.config(), dataset);
    }
    return run.run().map(result -> observation(rung, result));
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

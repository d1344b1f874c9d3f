package dev.auspex.cli;

import dev.auspex.io.Json;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.MetricsLog;
import dev.auspex.run.ProcessMemory;
import dev.auspex.run.RunFolder;
import dev.auspex.run.TensorBoardLog;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.SelfCheck;
import dev.auspex.tensor.Torch;
import dev.auspex.train.TrainConfig;
import dev.auspex.train.TrainListener;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Writes every number of a run to `metrics.jsonl` and to TensorBoard's event file, with what the
/// loop does not know: learning rate, share of the matrix-product rate measured here beforehand,
/// memory, time left.
///
/// Lines are written before the next step begins, so no checkpoint is ever ahead of them.
final class RunLog implements TrainListener, AutoCloseable {
  private static final long MEMORY_EVERY_NANOS = 1_000_000_000;

  /// What decides the rate of a matrix product on this machine.
  private record Kernel(DType dtype, int threads) {}

  /// A fact of the machine, measured once a process: the runs of a ladder begin at the same time,
  /// and would each measure half of it.
  private static final Map<Kernel, Double> RATES = new ConcurrentHashMap<>();

  private final RunFolder folder;
  private final TrainConfig config;
  private final Interruption interruption;
  private final double matmulFlops;
  private final MetricsLog metrics;
  private @Nullable TensorBoardLog board;
  private long firstStep;
  private long firstNanos;
  private long memoryNanos;
  private long residentBytes;
  private long peakBytes;
  private double checkpointSeconds;
  private String remark = "";

  /// @param workers processes that train together, each at the rate measured here
  RunLog(RunFolder folder, TrainConfig config, int workers, Interruption interruption) {
    this.folder = folder;
    this.config = config;
    this.interruption = interruption;
    Kernel kernel = new Kernel(config.compute(), Torch.threads());
    matmulFlops =
        workers * 1e9 * RATES.computeIfAbsent(kernel, k -> SelfCheck.matmulGflops(k.dtype()));
    metrics = MetricsLog.open(folder.metrics());
  }

  /// Must come first: drops what was written after `step` steps, from where the run goes on.
  void continueAfter(long step) {
    board = TensorBoardLog.begin(folder.tensorboard(), metrics.truncateAfterStep(step));
  }

  @Override
  public void step(StepMetrics step) {
    ObjectNode line = Json.MAPPER.valueToTree(step);
    double rate = step.learningRateFactor() * config.optimizer().learningRate();
    double share =
        step.tokensPerSecond() * config.flopsPerStep() / config.batchTokens() / matmulFlops;
    readMemory();
    line.put("learning_rate", rate);
    line.put("matmul_share", share);
    line.put("resident_bytes", residentBytes);
    line.put("peak_bytes", peakBytes);
    line.put("checkpoint_seconds", checkpointSeconds);
    secondsLeft(step.step(), line);
    append(line);
    remark =
        String.format(
            Locale.ROOT,
            ", %.1f%% of matmul, norm %.2f, rate %.2g, %.1f GB",
            100 * share,
            step.gradNorm(),
            rate,
            residentBytes / 1e9);
  }

  @Override
  public void evaluated(EvalMetrics evaluation) {
    append(Json.MAPPER.valueToTree(evaluation));
  }

  @Override
  public void checkpointing() {
    metrics.sync();
  }

  @Override
  public void checkpointed(double seconds) {
    checkpointSeconds += seconds;
  }

  @Override
  public boolean stopRequested() {
    return interruption.requested();
  }

  @Override
  public void close() {
    if (board != null) {
      board.close();
    }
    metrics.close();
  }

  /// The same progress whose notes tell the last step's numbers too.
  Progress telling(Progress progress) {
    return new Progress() {
      @Override
      public void start(String name, long total, String unit) {
        progress.start(name, total, unit);
      }

      @Override
      public void update(long done, String note) {
        progress.update(done, note + remark);
      }

      @Override
      public void finish() {
        progress.finish();
      }

      @Override
      public void warn(String line) {
        progress.warn(line);
      }
    };
  }

  private void append(ObjectNode line) {
    line.put("time", Instant.now().toString());
    metrics.append(line);
    Objects.requireNonNull(board, "continueAfter was not called").append(line);
  }

  /// At most once a second, for asking takes longer than writing the line.
  private void readMemory() {
    long now = System.nanoTime();
    if (peakBytes > 0 && now - memoryNanos < MEMORY_EVERY_NANOS) {
      return;
    }
    memoryNanos = now;
    ProcessMemory memory =
        ProcessMemory.current()
            .orElseGet(() -> new ProcessMemory(Torch.residentBytes(), Torch.residentBytes()));
    residentBytes = memory.residentBytes();
    peakBytes = Math.max(peakBytes, memory.peakBytes());
  }

  /// By the clock, measurements and checkpoints included, from the second step of this process on:
  /// the first is slow.
  private void secondsLeft(long step, ObjectNode line) {
    long now = System.nanoTime();
    if (firstStep == 0) {
      firstStep = step;
      firstNanos = now;
    } else {
      double secondsPerStep = (now - firstNanos) / 1e9 / (step - firstStep);
      line.put("seconds_left", secondsPerStep * (config.steps() - step));
    }
  }
}

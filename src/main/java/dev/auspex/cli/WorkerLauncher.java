package dev.auspex.cli;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.io.FileException;
import dev.auspex.io.Progress;
import dev.auspex.run.Interruption;
import dev.auspex.run.RunFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Starts the workers of a run as processes of this machine and watches them: when one is lost, all
/// are started again from the newest checkpoint.
final class WorkerLauncher {
  private static final Duration GRACE = Duration.ofSeconds(9);

  /// Losses in a row without a new checkpoint after which it gives up.
  private static final int MAX_FRUITLESS = 3;

  private final RunFolder folder;
  private final int workers;
  private final Interruption interruption;
  private final Progress progress;

  WorkerLauncher(RunFolder folder, int workers, Interruption interruption, Progress progress) {
    this.folder = folder;
    this.workers = workers;
    this.interruption = interruption;
    this.progress = progress;
  }

  /// Runs the workers to the end of the run.
  /// @return exit code
  int run() {
    int fruitless = 0;
    try (Interruption.Hold _ = interruption.hold()) {
      while (true) {
        long before = Checkpoints.newestStep(folder.checkpoints());
        int code = once();
        if (code == 0 || interruption.requested() || code != ExitCodes.INTERRUPTED) {
          return interruption.requested() ? ExitCodes.INTERRUPTED : code;
        }
        fruitless = Checkpoints.newestStep(folder.checkpoints()) > before ? 0 : fruitless + 1;
        if (fruitless == MAX_FRUITLESS) {
          progress.warn(
              "workers were lost %d times without a new checkpoint; see %s, then: auspex train --resume %s"
                  .formatted(MAX_FRUITLESS, logs(), folder.root()));
          return ExitCodes.INTERRUPTED;
        }
        progress.warn("a worker was lost; all start again from the newest checkpoint");
      }
    }
  }

  private Path logs() {
    return folder.root().resolve("logs");
  }

  private int once() {
    List<Process> processes = new ArrayList<>();
    try {
      int port = freePort();
      Files.createDirectories(logs());
      for (int rank = 0; rank < workers; rank++) {
        processes.add(start(rank, port));
      }
      return watch(processes);
    } catch (IOException e) {
      throw new FileException(logs(), e);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  /// Waits until all have ended well, or one has not.
  private int watch(List<Process> processes) {
    List<Process> running = new ArrayList<>(processes);
    while (!running.isEmpty()) {
      if (interruption.requested()) {
        return stop(processes);
      }
      for (Process process : List.copyOf(running)) {
        if (ended(process)) {
          if (process.exitValue() != 0) {
            stop(processes);
            return cause(processes);
          }
          running.remove(process);
        }
      }
    }
    return 0;
  }

  /// The code of a worker that knows what is wrong, else that one was lost: a killed worker's code
  /// is 128 and its signal.
  private static int cause(List<Process> processes) {
    return processes.stream()
        .filter(process -> !process.isAlive())
        .mapToInt(Process::exitValue)
        .filter(code -> code >= ExitCodes.BUG && code <= ExitCodes.NOT_HELD)
        .findFirst()
        .orElse(ExitCodes.INTERRUPTED);
  }

  private static boolean ended(Process process) {
    try {
      return process.waitFor(50, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static int stop(List<Process> processes) {
    processes.forEach(Process::destroy);
    long until = System.nanoTime() + GRACE.toNanos();
    for (Process process : processes) {
      while (process.isAlive() && System.nanoTime() < until) {
        ended(process);
      }
    }
    return ExitCodes.INTERRUPTED;
  }

  /// Worker 0 speaks to the terminal, the others to files of their own.
  private Process start(int rank, int port) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(Jvm.command(List.of("train", "--resume", folder.root().toString())));
    builder
        .environment()
        .putAll(
            Map.of(
                "RANK",
                Integer.toString(rank),
                "WORLD_SIZE",
                Integer.toString(workers),
                "LOCAL_RANK",
                Integer.toString(rank),
                "LOCAL_WORLD_SIZE",
                Integer.toString(workers),
                "MASTER_ADDR",
                "127.0.0.1",
                "MASTER_PORT",
                Integer.toString(port),
                Workers.PARENT,
                Long.toString(ProcessHandle.current().pid())));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    if (rank == 0) {
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    } else {
      Path log = logs().resolve("worker-%d.log".formatted(rank));
      builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    }
    return builder.start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Progress;
import dev.auspex.model.Parameter;
import dev.auspex.tensor.Collective;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Workers of one run, each on a thread of its own, one of which has a bit of its memory flipped
/// between two steps.
@Timeout(120)
class DisagreementTest {
  private static final int EVERY = 4;

  @TempDir private Path folder;

  /// Hears of steps, and flips one bit of one parameter after one of them.
  private static final class Flip implements TrainListener {
    private final long atStep;
    private final int parameter;
    private final int bit;
    private @Nullable Trainer trainer;
    private long steps;

    Flip(long atStep, int parameter, int bit) {
      this.atStep = atStep;
      this.parameter = parameter;
      this.bit = bit;
    }

    @Override
    public void step(StepMetrics metrics) {
      steps = metrics.step();
      if (trainer != null && steps == atStep) {
        ByteBuffer memory = value(trainer, parameter).value().bytes();
        memory.putInt(4, memory.getInt(4) ^ (1 << bit));
      }
    }

    @Override
    public void evaluated(EvalMetrics metrics) {}

    @Override
    public boolean stopRequested() {
      return false;
    }
  }

  private static Parameter value(Trainer trainer, int index) {
    return List.copyOf(trainer.model().parameters()).get(index);
  }

  /// What came of each worker: its failure, or null where it came to the end.
  private List<@Nullable Throwable> train(int workers, long steps, List<Flip> flips)
      throws IOException {
    Path dataset = TrainerTest.dataset(folder);
    TrainConfig config = TrainerTest.parallel(dataset, steps, EVERY);
    int port = freePort();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int rank = 0; rank < workers; rank++) {
      Collective.Rendezvous at = new Collective.Rendezvous(rank, workers, "127.0.0.1", port);
      Flip flip = flips.get(rank);
      CompletableFuture<Void> end = new CompletableFuture<>();
      all.add(end);
      Thread.ofPlatform()
          .start(
              () -> {
                try {
                  work(config, dataset, at, flip);
                  end.complete(null);
                } catch (RuntimeException e) {
                  end.completeExceptionally(e);
                }
              });
    }
    List<@Nullable Throwable> failures = new ArrayList<>();
    for (CompletableFuture<Void> end : all) {
      failures.add(end.handle((_, failure) -> failure).join());
    }
    return failures;
  }

  private void work(TrainConfig config, Path dataset, Collective.Rendezvous at, Flip flip) {
    try (Collective group = Collective.connect(at, Duration.ofSeconds(60));
        TokenDataset data = TokenDataset.open(dataset);
        Trainer trainer =
            new Trainer(
                config,
                data,
                new Checkpoints(folder.resolve("checkpoints"), 2),
                group,
                flip,
                Progress.NONE)) {
      flip.trainer = trainer;
      trainer.fit();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static List<Flip> flips(int workers, int rank, long step, int parameter, int bit) {
    List<Flip> flips = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      flips.add(new Flip(worker == rank ? step : -1, parameter, bit));
    }
    return flips;
  }

  @ParameterizedTest(name = "parameter {1}, bit {2}, after step {0}")
  @CsvSource({"1,0,0", "3,0,31", "4,5,12", "5,3,1", "9,5,22"})
  void aFlippedBitIsFoundWithinTheStepsBetweenComparisons(int step, int parameter, int bit)
      throws IOException {
    List<Flip> flips = flips(3, 2, step, parameter, bit);
    for (Throwable failure : train(3, 100, flips)) {
      String told = assertInstanceOf(DisagreementException.class, failure).getMessage();
      assertTrue(told.startsWith("workers must hold the same parameters, but worker 2 "), told);
      assertEquals(1, told.lines().count());
    }
    assertTrue(flips.getFirst().steps < step + EVERY, "found after step " + flips.get(0).steps);
  }

  @Test
  void ofTwoWorkersBothAreNamedAndNoCheckpointIsWritten() throws IOException {
    for (Throwable failure : train(2, 3, flips(2, 1, 3, 2, 7))) {
      String told = assertInstanceOf(DisagreementException.class, failure).getMessage();
      assertTrue(told.contains("workers [0, 1] differ"), told);
    }
    assertEquals(-1, Checkpoints.newestStep(folder.resolve("checkpoints")));
  }

  @Test
  void undamagedWorkersAgreeToTheEnd() throws IOException {
    for (Throwable failure : train(3, 9, flips(3, 0, -1, 0, 0))) {
      assertNull(failure);
    }
  }
}

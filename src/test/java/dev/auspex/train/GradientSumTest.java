package dev.auspex.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.auspex.tensor.Collective;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.tensor.WorkerLostException;
import dev.auspex.train.GradientSum.Owned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Workers on threads of their own, who sum gradients of made-up passes over real sockets.
@Timeout(120)
class GradientSumTest {
  private static final int LANES = 5;
  private static final int STEPS = 2;

  /// Elements of each parameter, by group; three buckets, the second of which has one parameter.
  private static final int[][] GROUPS = {{90_000, 7}, {200_000}, {300_000}, {}, {11, 64}};

  private interface Worker {
    void work(Collective group) throws InterruptedException;
  }

  /// What came of each worker: its failure, or null.
  private static List<@Nullable Throwable> together(int workers, Duration limit, Worker worker)
      throws IOException {
    Torch.threads(1);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int rank = 0; rank < workers; rank++) {
      Collective.Rendezvous at = new Collective.Rendezvous(rank, workers, "127.0.0.1", port);
      CompletableFuture<Void> end = new CompletableFuture<>();
      all.add(end);
      Thread.ofPlatform()
          .start(
              () -> {
                try (Collective group = Collective.connect(at, Duration.ofSeconds(60))) {
                  group.waitAtMost(limit);
                  worker.work(group);
                  end.complete(null);
                } catch (RuntimeException | Error | InterruptedException e) {
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

  /// Parameters without values, dealt out to workers in turns.
  private static List<List<Owned>> groups(int workers) {
    List<List<Owned>> groups = new ArrayList<>();
    int count = 0;
    for (int[] sizes : GROUPS) {
      List<Owned> group = new ArrayList<>();
      for (int size : sizes) {
        Tensor leaf = Tensor.zeros(DType.FP32, size).requireGrad();
        group.add(new Owned("p" + count, leaf, count % workers));
        count++;
      }
      groups.add(group);
    }
    return groups;
  }

  /// A gradient whose sum over lanes depends on the order.
  private static float[] gradient(String name, int step, int lane, long size) {
    SplittableRandom random = new SplittableRandom(31L * (31L * name.hashCode() + step) + lane);
    float[] numbers = new float[(int) size];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextDouble(-1, 1) * (1 << random.nextInt(20)));
    }
    return numbers;
  }

  private static void pass(List<List<Owned>> groups, int step, int lane, Runnable completed) {
    for (List<Owned> group : groups) {
      try (TensorScope _ = TensorScope.open()) {
        for (Owned owned : group) {
          long size = owned.leaf().numElements();
          owned.leaf().addGrad(Tensor.of(gradient(owned.name(), step, lane, size), size));
        }
        completed.run();
      }
    }
  }

  /// Lanes 0 to 4 as {@link TreeSum} adds them, by hand.
  private static float[] expected(String name, int step, long size) {
    float[][] lanes = new float[LANES][];
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = gradient(name, step, lane, size);
    }
    float[] sum = new float[(int) size];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = ((lanes[0][i] + lanes[1][i]) + (lanes[2][i] + lanes[3][i])) + lanes[4][i];
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, true", "3, true", "4, true", "1, false", "3, false"})
  void ownersReceiveTheSumOfAllLanesAndNobodyElseDoes(int workers, boolean ordered)
      throws IOException {
    Worker worker =
        group -> {
          List<List<Owned>> groups = groups(workers);
          Lanes lanes = new Lanes(LANES, workers);
          GradientSum sum = new GradientSum(group, lanes, groups, ordered);
          for (int step = 0; step < STEPS; step++) {
            for (int lane = lanes.first(group.rank()); lane < lanes.end(group.rank()); lane++) {
              pass(groups, step, lane, sum.lane(lane));
            }
            assertTrue(sum.finish() >= 0);
            check(groups, group.rank(), step, ordered ? 0f : 4f);
          }
          groups.stream().flatMap(List::stream).forEach(owned -> owned.leaf().free());
        };
    for (Throwable failure : together(workers, Duration.ofSeconds(60), worker)) {
      assertNull(failure);
    }
  }

  private static void check(List<List<Owned>> groups, int rank, int step, float tolerance) {
    for (Owned owned : groups.stream().flatMap(List::stream).toList()) {
      if (owned.worker() == rank) {
        try (TensorScope _ = TensorScope.open()) {
          float[] sum = owned.leaf().takeGrad().toFloats();
          assertArrayEquals(expected(owned.name(), step, sum.length), sum, tolerance, owned.name());
        }
      } else {
        assertThrows(IllegalStateException.class, owned.leaf()::grad, owned.name());
      }
    }
  }

  @Test
  void bucketsTravelWhileThePassGoesOn() throws IOException {
    CountDownLatch received = new CountDownLatch(1);
    Worker worker =
        group -> {
          try (TensorScope _ = TensorScope.open()) {
            Tensor mine = Tensor.of(new float[] {1, 2 + group.rank()}, 2);
            long[] one = {1, 1};
            Collective.Pending pending = group.allToAll("a bucket", mine, one, one);
            if (group.rank() == 0) {
              assertArrayEquals(new float[] {1, 1}, pending.end().toFloats(), 0f);
              received.countDown();
            } else {
              received.await(); // worker 0 has received from this one, who does not wait yet
              assertArrayEquals(new float[] {2, 3}, pending.end().toFloats(), 0f);
            }
          }
        };
    for (Throwable failure : together(2, Duration.ofSeconds(60), worker)) {
      assertNull(failure);
    }
  }

  /// Worker 1 stops after the first bucket of its lane, and leaves, or hangs until worker 0 has
  /// given up.
  private static List<@Nullable Throwable> lost(Duration limit, boolean hangs) throws IOException {
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch givenUp = new CountDownLatch(1);
    return together(
        2,
        limit,
        group -> {
          group.enter("step 3, forward and backward");
          List<List<Owned>> groups = groups(2);
          GradientSum sum = new GradientSum(group, new Lanes(2, 2), groups, true);
          Runnable completed = sum.lane(group.rank());
          if (group.rank() == 0) {
            stopped.await();
            try {
              pass(groups, 0, 0, completed);
              sum.finish();
            } finally {
              givenUp.countDown();
            }
          } else {
            pass(groups.subList(0, 2), 0, 1, completed);
            stopped.countDown();
            if (hangs) {
              givenUp.await();
              pass(groups.subList(2, groups.size()), 0, 1, completed);
            }
          }
        });
  }

  private static String told(List<@Nullable Throwable> failures) {
    assertNull(failures.get(1));
    String told = assertInstanceOf(WorkerLostException.class, failures.get(0)).getMessage();
    assertEquals(1, told.lines().count());
    assertTrue(
        told.startsWith("worker 0 of 2 waited for the gradients from p3 to p3 in vain"), told);
    return told;
  }

  @Test
  void aWorkerThatDiesInTheMiddleIsToldAndNobodyWaitsForEver() throws IOException {
    told(lost(Duration.ofSeconds(60), false));
  }

  @Test
  void aWorkerThatHangsInTheMiddleIsToldWithWhereItIs() throws IOException {
    String told = told(lost(Duration.ofSeconds(3), true));
    assertTrue(told.contains("worker 1 (step 3, forward and backward, "), told);
  }
}

package dev.auspex.tensor;

import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.ByteVector;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch_gloo;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;
import org.jspecify.annotations.Nullable;

/// The workers of one run, who call the same operations in the same order: libtorch's c10d over
/// Gloo, and over NCCL for tensors on CUDA devices. Every wait has a limit; a worker that dies or
/// hangs is named in the exception.
///
/// Belongs to one platform thread, as all of a worker's tensors do.
public final class Collective implements AutoCloseable {
  private static final Duration REPORT_LIMIT = Duration.ofSeconds(3);

  private final int rank;
  private final int size;
  private Duration limit;
  private final @Nullable TCPStore store;
  private final @Nullable Backend group; // for what lies in the processor's memory
  private final @Nullable Backend tensors; // for what lies on the device
  private String phase = "starting";
  private final Set<Pending> underWay = new HashSet<>();
  private CompletableFuture<String> notes = CompletableFuture.completedFuture("");
  private boolean lost;

  /// Who takes part and where they meet, in torchrun's words.
  ///
  /// @param rank this worker, from 0
  /// @param worldSize number of workers
  /// @param masterAddr host of worker 0
  /// @param masterPort port there
  public record Rendezvous(int rank, int worldSize, String masterAddr, int masterPort) {}

  private Collective(
      int rank,
      int size,
      Duration limit,
      @Nullable TCPStore store,
      @Nullable Backend group,
      @Nullable Backend tensors) {
    this.rank = rank;
    this.size = size;
    this.limit = limit;
    this.store = store;
    this.group = group;
    this.tensors = tensors;
  }

  /// One worker by itself; every operation is free.
  public static Collective alone() {
    return new Collective(0, 1, Duration.ZERO, null, null, null);
  }

  /// Meets the other workers.
  ///
  /// @param limit longest wait for another worker, here and in every operation
  /// @throws WorkerLostException when they do not come
  public static Collective connect(Rendezvous at, Duration limit) {
    if (at.worldSize() == 1) {
      return alone();
    }
    Loader.load(torch_gloo.class);
    try {
      TCPStoreOptions options =
          new TCPStoreOptions()
              .port((short) at.masterPort())
              .isServer(at.rank() == 0)
              .numWorkers(new SizeTPointer(1).put(at.worldSize()))
              .waitWorkers(true)
              .timeout(milliseconds(limit));
      TCPStore store = new TCPStore(at.masterAddr(), options);
      ProcessGroupGloo.Options gloo = ProcessGroupGloo.Options.create(milliseconds(limit));
      gloo.devices(new GlooDeviceVector(device(at)));
      gloo.threads(2);
      Backend group = new ProcessGroupGloo(store, at.rank(), at.worldSize(), gloo);
      Backend tensors = Device.isCuda() ? nccl(store, at, limit) : group;
      return new Collective(at.rank(), at.worldSize(), limit, store, group, tensors);
    } catch (RuntimeException e) {
      throw new WorkerLostException(
          "worker %d of %d (%s:%d) must meet the others within %d s; see whether all were started: %s"
              .formatted(
                  at.rank(),
                  at.worldSize(),
                  at.masterAddr(),
                  at.masterPort(),
                  limit.toSeconds(),
                  firstLine(e)),
          e);
    }
  }

  /// With `TORCH_NCCL_BLOCKING_WAIT=1` in the environment; else NCCL's watchdog ends who waits.
  private static Backend nccl(TCPStore store, Rendezvous at, Duration limit) {
    Loader.load(torch_nccl.class);
    ProcessGroupNCCL group = new ProcessGroupNCCL(store, at.rank(), at.worldSize());
    group.setTimeout(milliseconds(limit));
    return group;
  }

  private static org.bytedeco.pytorch.gloo.Device device(Rendezvous at) {
    boolean local = at.masterAddr().equals("127.0.0.1") || at.masterAddr().equals("localhost");
    String network = System.getenv("GLOO_SOCKET_IFNAME");
    if (network != null && !network.isEmpty()) {
      return ProcessGroupGloo.createDeviceForInterface(network);
    }
    return local
        ? ProcessGroupGloo.createDeviceForHostname("127.0.0.1")
        : ProcessGroupGloo.createDefaultDevice();
  }

  private static Milliseconds milliseconds(Duration duration) {
    return new Milliseconds(duration.toMillis());
  }

  /// This worker, from 0.
  public int rank() {
    return rank;
  }

  /// Number of workers.
  public int size() {
    return size;
  }

  /// Sets the longest wait for another worker in every operation from now on.
  public void waitAtMost(Duration newLimit) {
    limit = newLimit;
  }

  /// Tells the others what this worker is about to do, for their message should it hang.
  public void enter(String newPhase) {
    phase = newPhase;
    if (store != null) {
      orLost("a note to the others", () -> note(newPhase));
    }
  }

  private boolean note(String text) {
    byte[] bytes = (Instant.now().getEpochSecond() + " " + text).getBytes(StandardCharsets.UTF_8);
    try (ByteVector value = new ByteVector(bytes)) {
      store().set("phase-" + rank, value);
    }
    return true;
  }

  private TCPStore store() {
    return Objects.requireNonNull(store, "a lone worker has no store");
  }

  private static Backend among(@Nullable Backend group) {
    return Objects.requireNonNull(group, "a lone worker has no group");
  }

  /// An operation that goes on while this worker computes; every worker that begins one also ends
  /// it. What it sends and receives is kept until then.
  public final class Pending {
    private final String what;
    private final Work work;
    private final Tensor sent;
    private final Tensor received;

    private Pending(String what, Supplier<Work> operation, Tensor sent, Tensor received) {
      this.what = what;
      this.sent = sent.keep();
      this.received = received.keep();
      this.work = orLost(what, operation);
      work.retainReference();
      underWay.add(this);
    }

    /// Waits for its end, and frees what was sent.
    ///
    /// @return what was received, in the caller's scope
    /// @throws WorkerLostException when another worker does not take part in time
    public Tensor end() {
      await(what, () -> work);
      Tensor result = received.detach();
      free();
      return result;
    }

    private void free() {
      underWay.remove(this);
      sent.free();
      received.free();
      work.close();
    }
  }

  /// Begins to send each worker its stretch of `send` and to receive theirs, in the order of
  /// workers.
  ///
  /// @param what told where it does not come to an end
  /// @param send FP32 `[sum of sendCounts]`, not to be changed before the end
  /// @param sendCounts elements for each worker
  /// @param receiveCounts elements from each worker
  public Pending allToAll(String what, Tensor send, long[] sendCounts, long[] receiveCounts) {
    Tensor received = Tensor.zeros(send.dtype(), Arrays.stream(receiveCounts).sum());
    try (LongVector out = new LongVector(receiveCounts);
        LongVector in = new LongVector(sendCounts)) {
      return new Pending(
          what,
          () -> among(tensors).alltoall_base(received.handle, send.handle, out, in),
          send,
          received);
    }
  }

  /// Begins to replace `tensor` on every worker by the sum over workers, in an order libtorch
  /// chooses.
  ///
  /// @param what told where it does not come to an end
  public Pending allReduce(String what, Tensor tensor) {
    try (TensorVector vector = Ops.vector(List.of(tensor))) {
      return new Pending(what, () -> among(tensors).allreduce(vector), tensor, tensor);
    }
  }

  /// Overwrites `tensor` on every worker by that of worker `root`.
  public void broadcast(Tensor tensor, int root) {
    if (size > 1) {
      try (TensorVector vector = Ops.vector(List.of(tensor));
          BroadcastOptions options = new BroadcastOptions().rootRank(root)) {
        await("a broadcast", () -> among(tensors).broadcast(vector, options));
      }
    }
  }

  /// Everybody's numbers, by worker; all give equally many.
  public double[][] allGather(double[] mine) {
    if (size == 1) {
      return new double[][] {mine.clone()};
    }
    long[][] gathered =
        gather(Arrays.stream(mine).mapToLong(Double::doubleToRawLongBits).toArray());
    return Arrays.stream(gathered)
        .map(bits -> Arrays.stream(bits).mapToDouble(Double::longBitsToDouble).toArray())
        .toArray(double[][]::new);
  }

  /// Everybody's text, by worker.
  public List<String> allGather(String mine) {
    if (size == 1) {
      return List.of(mine);
    }
    int longest =
        (int)
            Arrays.stream(gather(new long[] {mine.length()})).mapToLong(n -> n[0]).max().orElse(0);
    long[] padded = Arrays.copyOf(mine.chars().asLongStream().toArray(), longest);
    List<String> texts = new ArrayList<>();
    for (long[] characters : gather(padded)) {
      StringBuilder text = new StringBuilder();
      Arrays.stream(characters).filter(c -> c != 0).forEach(c -> text.append((char) c));
      texts.add(text.toString());
    }
    return texts;
  }

  private long[][] gather(long[] mine) {
    if (mine.length == 0) {
      return new long[size][0];
    }
    try (TensorScope _ = TensorScope.open()) {
      Tensor send = Device.hostZeros(DType.INT64, mine.length);
      send.bytes().asLongBuffer().put(mine);
      Tensor received = Device.hostZeros(DType.INT64, (long) size * mine.length);
      await("a gathering", () -> among(group)._allgather_base(received.handle, send.handle));
      LongBuffer values = received.bytes().asLongBuffer();
      long[][] all = new long[size][mine.length];
      for (long[] worker : all) {
        values.get(worker);
      }
      return all;
    }
  }

  /// Waits until every worker is here.
  public void barrier() {
    allGather(new double[1]);
  }

  private void await(String what, Supplier<Work> operation) {
    orLost(what, () -> operation.get()._wait(milliseconds(limit)));
  }

  private <T> T orLost(String what, Supplier<T> operation) {
    try {
      return operation.get();
    } catch (WorkerLostException e) {
      throw e;
    } catch (RuntimeException e) {
      throw lost(what, e);
    }
  }

  private WorkerLostException lost(String what, RuntimeException cause) {
    lost = true;
    return new WorkerLostException(
        "worker %d of %d waited for %s in vain (%s); last heard: %s; the run resumes from its last checkpoint [%s]"
            .formatted(rank, size, what, phase, lastHeard(), firstLine(cause)),
        cause);
  }

  /// What the others last noted. Asked on a thread of its own, for worker 0, who keeps the notes,
  /// may be the one that hangs, and then some questions never return.
  private String lastHeard() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofPlatform().daemon().start(() -> answer.complete(everybodysNotes()));
    notes = answer;
    return answer
        .copy()
        .completeOnTimeout(
            "nothing, worker 0 with everybody's notes does not answer",
            REPORT_LIMIT.toMillis(),
            TimeUnit.MILLISECONDS)
        .join();
  }

  private String everybodysNotes() {
    List<String> heard = new ArrayList<>();
    long now = Instant.now().getEpochSecond();
    for (int worker = 0; worker < size; worker++) {
      if (worker != rank) {
        heard.add("worker " + worker + " " + heardFrom(worker, now));
      }
    }
    return String.join(", ", heard);
  }

  private String heardFrom(int worker, long now) {
    try (StringVector keys = new StringVector("phase-" + worker)) {
      store()._wait(keys, milliseconds(REPORT_LIMIT));
      ByteVector bytes = store().get("phase-" + worker);
      String note = new String(bytes.get(), StandardCharsets.UTF_8);
      int space = note.indexOf(' ');
      long since = now - Long.parseLong(note.substring(0, space));
      return "(%s, %d s ago)".formatted(note.substring(space + 1), since);
    } catch (RuntimeException _) {
      return "(unknown)";
    }
  }

  private static String firstLine(RuntimeException e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message.lines().findFirst().orElse("");
  }

  /// Leaves the group once everything under way in it has come to its end; after a worker was lost
  /// that may never be, and is not waited for here.
  @Override
  public void close() {
    List.copyOf(underWay).forEach(Pending::free); // before the group, which they refer to
    if (group == null) {
      return;
    }
    if (lost) {
      Thread.ofPlatform().daemon().start(this::leave);
    } else {
      leave();
    }
  }

  private void leave() {
    notes.join(); // whoever asks for them uses the store
    if (tensors != null && tensors != group) {
      tensors.close();
    }
    among(group).close();
    store().close();
  }
}

package dev.auspex.train;

import dev.auspex.tensor.Collective;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.train.TreeSum.Piece;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The sum of a step's gradients over all lanes of all workers, made in buckets, of which those
/// that are complete travel while the backward pass still computes the others (Li et al. 2020,
/// arXiv 2006.15704).
///
/// A bucket is a few whole groups of parameters, in the order in which a pass completes them. It
/// leaves when this worker's last lane has completed it, and arrives at the workers that own its
/// parameters. All workers exchange the buckets in the same order, and what is added to what is
/// {@link TreeSum}'s, so that no bit depends on when something arrives.
final class GradientSum {
  /// Groups are joined until a bucket has as many elements: 1 MB, below which an exchange costs
  /// more than its bytes.
  private static final long BUCKET_ELEMENTS = 1 << 18;

  private final Collective workers;
  private final Lanes lanes;
  private final boolean ordered;
  private final List<Bucket> buckets = new ArrayList<>();
  private final Map<Integer, Bucket> byLastGroup = new HashMap<>();
  private int completed;

  /// A parameter.
  ///
  /// @param name its name
  /// @param leaf its value, whose gradient is summed
  /// @param worker who owns it and receives the sum
  record Owned(String name, Tensor leaf, int worker) {}

  /// @param groups parameters in the order in which a backward pass completes their gradients
  /// @param ordered whether sums have one order for all numbers of workers
  GradientSum(Collective workers, Lanes lanes, List<List<Owned>> groups, boolean ordered) {
    this.workers = workers;
    this.lanes = lanes;
    this.ordered = ordered;
    List<Owned> some = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      some.addAll(groups.get(group));
      long elements = some.stream().mapToLong(owned -> owned.leaf().numElements()).sum();
      if (elements >= BUCKET_ELEMENTS || (elements > 0 && group == groups.size() - 1)) {
        Bucket bucket = new Bucket(some);
        buckets.add(bucket);
        byLastGroup.put(group, bucket);
        some = new ArrayList<>();
      }
    }
  }

  /// Makes ready for one of this worker's lanes; they come in their order.
  ///
  /// @return to be called each time the gradients of the lane's next group are complete, which the
  ///     leaves then forget
  Runnable lane(int lane) {
    completed = 0;
    return () -> groupCompleted(lane);
  }

  private void groupCompleted(int lane) {
    Bucket bucket = byLastGroup.get(completed++);
    if (bucket != null) {
      bucket.add(lane);
      if (lane == lanes.end(workers.rank()) - 1 && workers.size() > 1) {
        bucket.leave();
      }
    }
  }

  /// Ends a step: leaves on each leaf that this worker owns the sum over all lanes of all workers,
  /// and nothing elsewhere.
  ///
  /// @return seconds spent waiting for other workers
  double finish() {
    long waitNanos = 0;
    for (Bucket bucket : buckets) {
      try (TensorScope _ = TensorScope.open()) {
        waitNanos += bucket.arrive();
      }
    }
    return waitNanos / 1e9;
  }

  /// Parameters whose gradients travel together.
  private final class Bucket {
    private final String what;
    private final List<List<Tensor>> leaves = new ArrayList<>(); // by owner
    private TreeSum mine = new TreeSum();
    private Collective.@Nullable Pending pending;

    Bucket(List<Owned> parameters) {
      what =
          "the gradients from %s to %s"
              .formatted(parameters.getFirst().name(), parameters.getLast().name());
      for (int worker = 0; worker < workers.size(); worker++) {
        int owner = worker;
        leaves.add(
            parameters.stream()
                .filter(parameter -> parameter.worker() == owner)
                .map(Owned::leaf)
                .toList());
      }
    }

    /// Takes the gradients of a lane, in the order of owners.
    void add(int lane) {
      try (TensorScope _ = TensorScope.open()) {
        List<Tensor> grads =
            leaves.stream().flatMap(List::stream).map(leaf -> taken(leaf).keep()).toList();
        mine.add(new Piece(lane, 0, grads));
      }
    }

    /// A leaf's gradient, in FP32 where there are others to be added.
    private Tensor taken(Tensor leaf) {
      Tensor gradient = leaf.takeGrad();
      return lanes.count() == 1 ? gradient : gradient.to(DType.FP32);
    }

    /// Sends what this worker has of the sum.
    void leave() {
      try (TensorScope _ = TensorScope.open()) {
        if (ordered) {
          pending = exchange(mine.pieces());
        } else {
          List<Tensor> total = mine.total();
          pending = workers.allReduce(what, flattened(total));
          total.forEach(Tensor::free);
        }
      }
      mine = new TreeSum();
    }

    private Collective.Pending exchange(List<Piece> pieces) {
      List<Tensor> parts = new ArrayList<>();
      long[] sent = new long[workers.size()];
      long[] received = new long[workers.size()];
      int from = 0;
      for (int worker = 0; worker < workers.size(); worker++) {
        int end = from + leaves.get(worker).size();
        for (Piece piece : pieces) {
          parts.addAll(piece.tensors().subList(from, end));
        }
        from = end;
        sent[worker] = pieces.size() * elements(worker);
        received[worker] = lanes.pieces(worker).size() * elements(workers.rank());
      }
      Collective.Pending exchange = workers.allToAll(what, flattened(parts), sent, received);
      pieces.forEach(piece -> piece.tensors().forEach(Tensor::free));
      return exchange;
    }

    private long elements(int worker) {
      return leaves.get(worker).stream().mapToLong(Tensor::numElements).sum();
    }

    /// Waits for what the others have of the sum, and puts it where it belongs.
    ///
    /// @return nanoseconds spent waiting
    long arrive() {
      if (pending == null) {
        List<Tensor> total = mine.total();
        put(total, leaves.getFirst());
        total.forEach(Tensor::free);
        mine = new TreeSum();
        return 0;
      }
      long start = System.nanoTime();
      Tensor all = pending.end();
      long waited = System.nanoTime() - start;
      pending = null;
      List<Tensor> owned = leaves.get(workers.rank());
      put(ordered ? treeSum(all, owned) : views(all, before(workers.rank()), owned), owned);
      return waited;
    }

    private List<Tensor> treeSum(Tensor all, List<Tensor> owned) {
      TreeSum sum = new TreeSum();
      long at = 0;
      for (int worker = 0; worker < workers.size(); worker++) {
        for (Piece shape : lanes.pieces(worker)) {
          sum.add(new Piece(shape.first(), shape.level(), views(all, at, owned)));
          at += elements(workers.rank());
        }
      }
      return sum.total();
    }

    /// Elements owned by the workers before this one.
    private long before(int worker) {
      long elements = 0;
      for (int other = 0; other < worker; other++) {
        elements += elements(other);
      }
      return elements;
    }
  }

  private static void put(List<Tensor> gradients, List<Tensor> leaves) {
    for (int i = 0; i < leaves.size(); i++) {
      leaves.get(i).addGrad(gradients.get(i));
    }
  }

  /// All elements in one row.
  static Tensor flattened(List<Tensor> tensors) {
    return Tensor.concat(
        0, tensors.stream().map(tensor -> tensor.reshape(-1)).toArray(Tensor[]::new));
  }

  /// Stretches of `flat` from `start` on, shaped as `like`.
  static List<Tensor> views(Tensor flat, long start, List<Tensor> like) {
    List<Tensor> views = new ArrayList<>();
    long at = start;
    for (Tensor tensor : like) {
      views.add(flat.narrow(0, at, tensor.numElements()).reshape(tensor.shape()));
      at += tensor.numElements();
    }
    return views;
  }
}

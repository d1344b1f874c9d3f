package dev.auspex.train;

import dev.auspex.model.Gpt;
import dev.auspex.model.Parameter;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.train.GradientSum.Owned;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The division of a step among workers. Each takes a stretch of the lanes (micro-batches); the
/// gradients meet at the worker that owns their parameter ({@link GradientSum}); it alone holds the
/// optimiser's state and updates (ZeRO-1, Rajbhandari et al. 2020, arXiv 1910.02054), then
/// everybody receives the parameter.
///
/// As many bytes travel as in a ring all-reduce, and the bits do not depend on the number of
/// workers.
final class DataParallel {
  /// Odd, so that multiplying loses no difference.
  private static final long NOTE_FACTOR = 31;

  private final Collective workers;
  private final List<Parameter> parameters;
  private final int[] owner;
  private final Lanes lanes;
  private final GradientSum gradients;
  private final long[] notes;

  /// @param units parameters that must have one owner, by name
  DataParallel(
      Collective workers,
      Gpt model,
      List<List<String>> units,
      int numLanes,
      ParallelConfig config) {
    this.workers = workers;
    this.parameters = List.copyOf(model.parameters());
    this.lanes = new Lanes(numLanes, workers.size());
    this.notes = new long[parameters.size()];
    Map<String, Integer> byName = owners(parameters, units, workers.size());
    this.owner = parameters.stream().mapToInt(parameter -> byName.get(parameter.name())).toArray();
    List<List<Owned>> groups =
        model.gradientOrder().stream()
            .map(group -> group.stream().map(p -> owned(p, byName)).toList())
            .toList();
    this.gradients = new GradientSum(workers, lanes, groups, config.reduce().equals("ordered"));
  }

  private static Owned owned(Parameter parameter, Map<String, Integer> owners) {
    return new Owned(parameter.name(), parameter.value(), owners.get(parameter.name()));
  }

  /// Gives each unit, largest first, to the worker with least so far.
  private static Map<String, Integer> owners(
      List<Parameter> parameters, List<List<String>> units, int workers) {
    Map<String, Long> sizes = new HashMap<>();
    parameters.forEach(p -> sizes.put(p.name(), p.value().numElements()));
    Map<List<String>, Long> unitSizes = new LinkedHashMap<>();
    units.forEach(unit -> unitSizes.put(unit, unit.stream().mapToLong(sizes::get).sum()));
    long[] load = new long[workers];
    Map<String, Integer> owners = new HashMap<>();
    unitSizes.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .forEach(
            unit -> {
              int least = 0;
              for (int worker = 1; worker < workers; worker++) {
                least = load[worker] < load[least] ? worker : least;
              }
              load[least] += unit.getValue();
              for (String name : unit.getKey()) {
                owners.put(name, least);
              }
            });
    return owners;
  }

  /// This worker's first lane.
  int firstLane() {
    return lanes.first(workers.rank());
  }

  /// The lane after this worker's last.
  int endLane() {
    return lanes.end(workers.rank());
  }

  /// Names of the parameters that this worker updates.
  Set<String> ownedNames() {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < owner.length; i++) {
      if (owner[i] == workers.rank()) {
        names.add(parameters.get(i).name());
      }
    }
    return names;
  }

  /// The leaves of one worker.
  private List<Tensor> owned(int worker) {
    List<Tensor> owned = new ArrayList<>();
    for (int i = 0; i < owner.length; i++) {
      if (owner[i] == worker) {
        owned.add(parameters.get(i).value());
      }
    }
    return owned;
  }

  /// The sum of a step's gradients.
  GradientSum gradients() {
    return gradients;
  }

  /// What all workers know after a step's sums.
  ///
  /// @param loss mean over lanes, in nats per token
  /// @param gradNorm joint Euclidean norm of all gradients
  /// @param gradNorms the same by part of the model
  /// @param stop whether any worker is asked to stop
  /// @param checkpoint whether any worker finds a checkpoint due
  record Agreed(
      double loss,
      double gradNorm,
      Map<String, Double> gradNorms,
      boolean stop,
      boolean checkpoint) {}

  /// Exchanges the few numbers that decide how the step ends, after {@link
  /// GradientSum#finish}.
  ///
  /// @param losses by lane; this worker's filled in
  Agreed agree(double[] losses, boolean stop, boolean checkpoint) {
    int numLanes = lanes.count();
    double[] mine = Arrays.copyOf(losses, numLanes + owner.length + 2);
    double[] norms = GradNorms.of(owned(workers.rank()).stream().map(Tensor::grad).toList());
    int at = 0;
    for (int i = 0; i < owner.length; i++) {
      if (owner[i] == workers.rank()) {
        mine[numLanes + i] = norms[at++];
      }
    }
    mine[numLanes + owner.length] = stop ? 1 : 0;
    mine[numLanes + owner.length + 1] = checkpoint ? 1 : 0;
    double[] all = new double[mine.length];
    for (double[] worker : workers.allGather(mine)) {
      for (int i = 0; i < all.length; i++) {
        all[i] += worker[i];
      }
    }
    double loss = 0;
    for (int lane = 0; lane < numLanes; lane++) {
      loss += all[lane] / numLanes;
    }
    double[] gradNorms = Arrays.copyOfRange(all, numLanes, numLanes + owner.length);
    return new Agreed(
        loss,
        Math.sqrt(Arrays.stream(gradNorms).map(norm -> norm * norm).sum()),
        GradNorms.byPart(parameters, gradNorms),
        all[numLanes + owner.length] > 0,
        all[numLanes + owner.length + 1] > 0);
  }

  /// Sends every parameter from its owner to all.
  void share() {
    for (int worker = 0; workers.size() > 1 && worker < workers.size(); worker++) {
      List<Tensor> owned = owned(worker);
      if (owned.isEmpty()) {
        continue;
      }
      try (TensorScope _ = TensorScope.open()) {
        Tensor flat = GradientSum.flattened(owned);
        workers.broadcast(flat, worker);
        if (worker != workers.rank()) {
          List<Tensor> views = GradientSum.views(flat, 0, owned);
          for (int i = 0; i < owned.size(); i++) {
            owned.get(i).copyInPlace(views.get(i));
          }
        }
      }
    }
  }

  /// Takes note of the parameters as they lie in this worker's memory. To be called in every step:
  /// owners overwrite everybody's parameters at its end, so later nothing would show what one
  /// worker alone computed with.
  void note() {
    for (int i = 0; workers.size() > 1 && i < notes.length; i++) {
      notes[i] = notes[i] * NOTE_FACTOR + Fused.bitSum(parameters.get(i).value());
    }
  }

  /// Compares the workers' notes since they last did so.
  ///
  /// @throws DisagreementException naming the workers and the parameter
  void compare(long step) {
    double[] halves = new double[2 * notes.length]; // a double holds half a note exactly
    for (int i = 0; i < notes.length; i++) {
      halves[2 * i] = notes[i] >>> 32;
      halves[2 * i + 1] = notes[i] & 0xFFFF_FFFFL;
    }
    double[][] all = workers.allGather(halves);
    for (int i = 0; i < notes.length; i++) {
      int at = 2 * i;
      long[] each =
          Arrays.stream(all).mapToLong(h -> (long) h[at] << 32 | (long) h[at + 1]).toArray();
      if (Arrays.stream(each).anyMatch(note -> note != each[0])) {
        throw new DisagreementException(
            ("workers must hold the same parameters, but %s in %s, which worker %d owns, at step %d"
                    + " or since they last agreed: memory was damaged; the run resumes from its last"
                    + " checkpoint")
                .formatted(who(each), parameters.get(i).name(), owner[i], step));
      }
    }
    Arrays.fill(notes, 0);
  }

  /// Those who differ from the most, or all where no two agree.
  private static String who(long[] notes) {
    long usual = notes[0];
    long most = 0;
    for (long note : notes) {
      long same = Arrays.stream(notes).filter(other -> other == note).count();
      if (same > most) {
        most = same;
        usual = note;
      }
    }
    List<Integer> others = new ArrayList<>();
    for (int worker = 0; worker < notes.length; worker++) {
      if (most == 1 || notes[worker] != usual) {
        others.add(worker);
      }
    }
    return others.size() == 1
        ? "worker " + others.getFirst() + " differs from the others"
        : "workers " + others + " differ" + (most == 1 ? "" : " from the others");
  }
}

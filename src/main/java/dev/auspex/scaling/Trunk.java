package dev.auspex.scaling;

import dev.auspex.config.ConfigException;
import dev.auspex.optim.LrSchedule;
import dev.auspex.optim.LrSchedule.Wsd;
import dev.auspex.optim.LrSchedule.WsdSteps;
import dev.auspex.scaling.LadderConfig.Rung;
import dev.auspex.train.TrainConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// One run at a constant rate, and the runs of several lengths that are finished from its
/// checkpoints (Hu et al. 2024, arXiv 2404.06395, section 4.3).
///
/// A branch is, to the last bit, the single run that its own settings describe: warm-up, constant
/// rate and decay from step 0. Only who makes its first steps differs.
///
/// @param name the trunk's own name
/// @param config the trunk's settings: up to where the last branch leaves, without decay
/// @param branches in the order in which they leave
public record Trunk(String name, TrainConfig config, List<Branch> branches) {
  public Trunk {
    branches = List.copyOf(branches);
  }

  /// A run that begins as the trunk does.
  ///
  /// @param start steps that it shares with the trunk
  public record Branch(Rung rung, long start) {
    /// FLOPs of the steps that are its own.
    public double flops() {
      return (rung.config().steps() - start) * rung.config().flopsPerStep();
    }
  }

  /// Lays the trunk of runs that are all to be as `tuned` but for their length.
  ///
  /// @param tuned settings whose batch, rates and warm-up all share; its schedule is `wsd`
  /// @param lengths the runs wanted
  /// @param limit most FLOPs of a run; longer ones are left out
  /// @return empty where no run is left
  static Optional<Trunk> of(String name, TrainConfig tuned, List<Length> lengths, double limit) {
    if (!(tuned.schedule() instanceof Wsd(double _, double decayShare, double minimum))) {
      throw new ConfigException(
          "base.schedule.type must be wsd for horizons.trunk: other schedules have no constant part"
              + " that runs of several lengths could share");
    }
    long warmup = Math.round(tuned.schedule().warmupSteps(tuned.steps()));
    List<Branch> branches = new ArrayList<>();
    for (Length length : lengths) {
      long steps = Math.max(1, Math.round(length.tokens() / tuned.batchTokens()));
      long decay = Math.round(decayShare * steps);
      if (steps - decay < Math.max(1, warmup)) {
        throw new ConfigException(
            ("horizons.multiples: run %s (%d steps, of which %d decay) must be longer than the %d"
                    + " steps of warm-up that it shares; leave out the shortest lengths")
                .formatted(length.name(), steps, decay, warmup));
      }
      LrSchedule schedule = new WsdSteps(warmup, decay, minimum);
      Rung rung = new Rung(length.name(), tuned.withLength(steps, schedule));
      if (rung.config().flops() <= limit) {
        branches.add(new Branch(rung, steps - decay));
      }
    }
    if (branches.isEmpty()) {
      return Optional.empty();
    }
    branches.sort(Comparator.comparingLong(Branch::start));
    long end = branches.getLast().start();
    TrainConfig config = tuned.withLength(end, new WsdSteps(warmup, 0, minimum));
    return Optional.of(new Trunk(name, config, branches));
  }

  /// A run to be made.
  record Length(String name, double tokens) {}

  /// FLOPs that trunk and branches take together.
  public double flops() {
    return config.flops() + branches.stream().mapToDouble(Branch::flops).sum();
  }
}

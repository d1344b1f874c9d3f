package dev.auspex.train;

import dev.auspex.checkpoint.CheckpointException;
import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.checkpoint.TrainState;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.tensor.Collective;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.train.TrainListener.EvalMetrics;
import dev.auspex.train.TrainListener.StepMetrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The pre-training loop: batches in, a trained model out, continuing from the newest checkpoint.
///
/// Belongs to one platform thread. Two runs from one configuration end in the same bits, however
/// often they were interrupted and on however many workers they ran, on the same kind of machine
/// with the same number of threads a worker.
public final class Trainer implements AutoCloseable {
  private static final double LOSS_SMOOTHING = 0.98;

  /// How many times longer workers wait for one that writes a checkpoint.
  private static final int SLOW_DISK = 10;

  private final TrainConfig config;
  private final TrainingData data;
  private final Checkpoints checkpoints;
  private final TrainListener listener;
  private final Progress progress;
  private final Collective workers;
  private final Gpt model;
  private final DataParallel parallel;
  private final Optimizers optimizers;
  private final SpikeGuard spikes;
  private boolean stopAgreed;
  private boolean checkpointAgreed;
  private double saved;
  private double interval;
  private double secondsInCheckpoints;
  private long step;
  private double seconds;
  private double smoothedLoss;

  /// A trainer on text.
  ///
  /// @param workers all who train this run, each with a trainer of its own
  public Trainer(
      TrainConfig config,
      TokenDataset data,
      Checkpoints checkpoints,
      Collective workers,
      TrainListener listener,
      Progress progress) {
    this(config, new TextTraining(config, data), checkpoints, workers, listener, progress);
  }

  /// Builds the model, or reads it from the newest sound checkpoint.
  ///
  /// @param workers all who train this run, each with a trainer of its own
  public Trainer(
      TrainConfig config,
      TrainingData data,
      Checkpoints checkpoints,
      Collective workers,
      TrainListener listener,
      Progress progress) {
    config.requireLanesFor(workers.size());
    this.config = config;
    this.data = data;
    this.checkpoints = checkpoints;
    this.workers = workers;
    this.listener = listener;
    this.progress = progress;
    this.interval = config.checkpoint().everySeconds();
    Optional<Checkpoints.Loaded> loaded =
        checkpoints.newest(progress, workers, StartingModel.shapes(config));
    this.model = StartingModel.of(config, loaded.map(Checkpoints.Loaded::model));
    this.parallel =
        new DataParallel(
            workers,
            model,
            Optimizers.units(config.optimizer(), model),
            config.lanes(),
            config.parallel());
    this.optimizers = new Optimizers(config.optimizer(), model, parallel.ownedNames());
    this.spikes =
        new SpikeGuard(
            config.spikes(),
            loaded.map(Checkpoints.Loaded::state).map(TrainState::recentLosses).orElse(List.of()));
    loaded.ifPresent(this::restore);
  }

  private void restore(Checkpoints.Loaded loaded) {
    TrainState state = loaded.state();
    try (Torch.NoGrad _ = Torch.noGrad()) {
      optimizers
          .state()
          .forEach(
              (name, tensor) -> {
                Tensor found = loaded.optimizer().get(name);
                if (found == null) {
                  throw new CheckpointException(
                      "checkpoint of step %d must hold %s, which the optimizer of config.yaml needs; restore config.yaml"
                          .formatted(state.step(), name));
                }
                tensor.copyInPlace(found);
              });
    }
    loaded.optimizer().values().forEach(Tensor::free);
    step = state.step();
    seconds = state.seconds();
    smoothedLoss = state.trainLoss();
    saved = seconds;
  }

  /// Steps done so far.
  public long stepsDone() {
    return step;
  }

  /// Time spent in steps so far, resumptions added up and checkpoints left out.
  double seconds() {
    return seconds;
  }

  /// The model being trained.
  public Gpt model() {
    return model;
  }

  /// Trains until the last step or until a listener asks to stop; either way the last thing done is
  /// a checkpoint.
  ///
  /// @return whether the run is complete
  public boolean fit() {
    return fitTo(config.steps());
  }

  /// Trains until `end` steps are done or until a listener asks to stop; either way the last thing
  /// done is a checkpoint.
  ///
  /// @return whether `end` steps are done, and no more
  public boolean fitTo(long end) {
    progress.start("train", config.steps(), "steps");
    while (step < end && !stopping()) {
      step();
      if (config.eval().everySteps() > 0 && step % config.eval().everySteps() == 0) {
        evaluate();
      }
      if (checkpointAgreed && step < end) {
        saved = seconds;
        checkpointOrWarn();
      }
    }
    checkpoint();
    progress.finish();
    return step == end;
  }

  /// A lone worker stops at once, several when all know of it.
  private boolean stopping() {
    return workers.size() == 1 ? listener.stopRequested() : stopAgreed;
  }

  /// One optimiser step.
  void step() {
    long start = System.nanoTime();
    try (TensorScope _ = TensorScope.open()) {
      workers.enter("step %d, forward and backward".formatted(step + 1));
      double[] losses = new double[config.lanes()];
      for (int lane = parallel.firstLane(); lane < parallel.endLane(); lane++) {
        losses[lane] = lane(lane, losses.length);
      }
      workers.enter("step %d, sum of gradients".formatted(step + 1));
      watchParameters(step + 1, false);
      double waited = parallel.gradients().finish();
      double sinceSaved = seconds - saved + (System.nanoTime() - start) / 1e9;
      DataParallel.Agreed agreed =
          parallel.agree(
              losses, listener.stopRequested(), workers.rank() == 0 && sinceSaved >= interval);
      update(agreed);
      stopAgreed = agreed.stop();
      checkpointAgreed = agreed.checkpoint();
      step++;
      double elapsed = (System.nanoTime() - start) / 1e9;
      seconds += elapsed;
      smoothedLoss =
          step == 1
              ? agreed.loss()
              : LOSS_SMOOTHING * smoothedLoss + (1 - LOSS_SMOOTHING) * agreed.loss();
      report(agreed, elapsed, waited);
    }
  }

  /// Notes this worker's parameters and compares all workers' when that is due.
  private void watchParameters(long current, boolean due) {
    long every = config.parallel().verifyEverySteps();
    if (every > 0) {
      parallel.note();
      if (due || current % every == 0) {
        parallel.compare(current);
      }
    }
  }

  /// Back-propagates one micro-batch of the step, whose gradients meet those of the others
  /// meanwhile; its mean loss.
  private double lane(int lane, int lanes) {
    long sequence = step * config.batchSize() + (long) lane * config.microBatchSize();
    try (TensorScope _ = TensorScope.open()) {
      TrainingData.Sequences batch = data.sequences(sequence, config.microBatchSize());
      Runnable completed = parallel.gradients().lane(lane);
      Gpt.Backward how = new Gpt.Backward(1.0 / lanes, config.recomputeActivations(), completed);
      return model.loss(batch.inputs(), batch.seenBy(model), batch.targets(), how);
    }
  }

  private void update(DataParallel.Agreed agreed) {
    double factor = config.schedule().factor(step, config.steps());
    double norm = agreed.gradNorm();
    if (!Double.isFinite(agreed.loss()) || !Double.isFinite(norm)) {
      throw new DivergedException(
          ("loss (%s) must be finite: step %d, learning rate %.3g of its peak, gradient norm %s,"
                  + " data %s; lower the learning rate or look at that text")
              .formatted(
                  agreed.loss(), step + 1, factor, norm, data.where(step * config.batchSize())));
    }
    try (Torch.NoGrad _ = Torch.noGrad()) {
      if (spikes.leaps(agreed.loss())) {
        progress.warn(
            "step %d: loss %.4f leaps above its recent values, the step is left out (data %s)"
                .formatted(step + 1, agreed.loss(), data.where(step * config.batchSize())));
      } else {
        boolean clipped = config.gradClip() > 0 && norm > config.gradClip();
        optimizers.step(factor, clipped ? config.gradClip() / norm : 1);
        parallel.share();
      }
      model.parameters().forEach(parameter -> parameter.value().clearGrad());
    }
  }

  private void report(DataParallel.Agreed agreed, double elapsed, double waited) {
    long tokens = step * config.batchTokens();
    listener.step(
        new StepMetrics(
            step,
            tokens,
            step * config.flopsPerStep(),
            agreed.loss(),
            config.schedule().factor(step - 1, config.steps()),
            agreed.gradNorm(),
            agreed.gradNorms(),
            config.batchTokens() / elapsed,
            seconds,
            waited));
    progress.update(
        step, "loss %.3f, %,.0f tokens/s".formatted(smoothedLoss, config.batchTokens() / elapsed));
  }

  private void evaluate() {
    if (workers.rank() > 0) {
      return;
    }
    workers.enter("step %d, held-out loss".formatted(step));
    HeldoutLoss.Measured measured = data.heldout(model, config.eval().windows());
    listener.evaluated(
        new EvalMetrics(
            step, measured.natsPerToken(), measured.bitsPerByte(), config.dtype(), false));
  }

  /// The held-out loss of the model as it stands, computed in FP32.
  public HeldoutLoss.Measured finalHeldoutLoss() {
    try (TensorScope _ = TensorScope.open()) {
      HeldoutLoss.Measured measured =
          data.heldout(model.computingIn(DType.FP32), config.eval().finalWindows());
      listener.evaluated(
          new EvalMetrics(step, measured.natsPerToken(), measured.bitsPerByte(), "fp32", true));
      return measured;
    }
  }

  /// What the run came to.
  public TrainResult result(HeldoutLoss.Measured heldout, String modelFolder) {
    long tokens = step * config.batchTokens();
    return new TrainResult(
        step,
        tokens,
        step * config.flopsPerStep(),
        config.numParams(),
        smoothedLoss,
        heldout.natsPerToken(),
        heldout.bitsPerByte(),
        seconds > 0 ? tokens / seconds : 0,
        seconds,
        modelFolder);
  }

  private void checkpointOrWarn() {
    try {
      checkpoint();
    } catch (CheckpointException e) {
      progress.warn(e.getMessage() + " - no checkpoint this time, training goes on");
    }
  }

  private void checkpoint() {
    long start = System.nanoTime();
    watchParameters(step, true);
    Map<String, Tensor> values = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> values.put(parameter.name(), parameter.value()));
    TrainState state =
        new TrainState(
            step, step * config.batchTokens(), seconds, smoothedLoss, spikes.recent(), Map.of());
    workers.enter("step %d, checkpoint".formatted(step));
    listener.checkpointing();
    Duration limit = config.parallel().timeout();
    workers.waitAtMost(limit.multipliedBy(SLOW_DISK));
    try {
      checkpoints.save(state, values, optimizers.state(), workers);
    } finally {
      workers.waitAtMost(limit);
      wrote((System.nanoTime() - start) / 1e9);
    }
  }

  /// Where the disk is too slow for the checkpoints asked for, training gets as much time between
  /// two of them as one takes.
  private void wrote(double took) {
    secondsInCheckpoints += took;
    listener.checkpointed(took);
    double wanted = config.checkpoint().everySeconds();
    if (took > wanted && step < config.steps()) {
      progress.warn(
          ("the checkpoint of step %d took %.1f s, longer than checkpoint.every_seconds (%.1f); the"
                  + " next one waits as long (%.1f s in checkpoints so far)")
              .formatted(step, took, wanted, secondsInCheckpoints));
    }
    interval = Math.max(wanted, took);
  }

  /// Frees the model and the optimiser's tensors.
  @Override
  public void close() {
    optimizers.state().values().forEach(Tensor::free);
    model.close();
  }
}

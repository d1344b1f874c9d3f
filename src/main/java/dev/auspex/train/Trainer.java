package dev.auspex.train;

import dev.auspex.checkpoint.Checkpoints;
import dev.auspex.checkpoint.TrainState;
import dev.auspex.data.Batch;
import dev.auspex.data.BatchSource;
import dev.auspex.data.TokenDataset;
import dev.auspex.io.FileException;
import dev.auspex.io.Progress;
import dev.auspex.model.Gpt;
import dev.auspex.model.Initializer;
import dev.auspex.model.Parameter;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.train.TrainListener.EvalMetrics;
import dev.auspex.train.TrainListener.StepMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The pre-training loop: batches in, a trained model out, continuing from the newest checkpoint.
///
/// Belongs to one platform thread. Two runs from one configuration, interrupted or not, end in the
/// same bits on the same machine with the same number of threads.
public final class Trainer implements AutoCloseable {
  private static final double LOSS_SMOOTHING = 0.98;

  private final TrainConfig config;
  private final TokenDataset data;
  private final BatchSource batches;
  private final Checkpoints checkpoints;
  private final TrainListener listener;
  private final Progress progress;
  private final Gpt model;
  private final Optimizers optimizers;
  private final List<Tensor> leaves;
  private final GradNorms gradNorms;
  private long step;
  private double seconds;
  private double smoothedLoss;

  /// Builds the model, or reads it from the newest sound checkpoint.
  public Trainer(
      TrainConfig config,
      TokenDataset data,
      Checkpoints checkpoints,
      TrainListener listener,
      Progress progress) {
    this.config = config;
    this.data = data;
    this.batches = data.train(config.seed(), config.model().contextLength());
    this.checkpoints = checkpoints;
    this.listener = listener;
    this.progress = progress;
    Optional<Checkpoints.Loaded> loaded = checkpoints.newest(progress);
    Map<String, Tensor> values =
        loaded
            .map(Checkpoints.Loaded::model)
            .orElseGet(() -> Initializer.draw(config.model(), config.seed()));
    this.model = new Gpt(config.model(), config.compute(), values);
    this.optimizers = new Optimizers(config.optimizer(), model);
    this.leaves = model.parameters().stream().map(Parameter::value).toList();
    this.gradNorms = new GradNorms(model.parameters());
    loaded.ifPresent(this::restore);
  }

  private void restore(Checkpoints.Loaded loaded) {
    TrainState state = loaded.state();
    optimizers
        .state()
        .forEach(
            (name, tensor) -> {
              try (Torch.NoGrad _ = Torch.noGrad()) {
                Tensor saved = loaded.optimizer().get(name);
                if (saved == null) {
                  throw new IllegalStateException("checkpoint lacks optimiser state " + name);
                }
                tensor.copyInPlace(saved);
                saved.free();
              }
            });
    step = state.step();
    seconds = state.seconds();
    smoothedLoss = state.trainLoss();
  }

  /// Steps done so far.
  public long stepsDone() {
    return step;
  }

  /// The model being trained.
  public Gpt model() {
    return model;
  }

  /// Trains until the last step or until the listener asks to stop; either way the last thing done
  /// is a checkpoint.
  ///
  /// @return whether the run is complete
  public boolean fit() {
    progress.start("train", config.steps(), "steps");
    double saved = seconds;
    while (step < config.steps() && !listener.stopRequested()) {
      step();
      if (config.eval().everySteps() > 0 && step % config.eval().everySteps() == 0) {
        evaluate();
      }
      if (seconds - saved >= config.checkpoint().everySeconds() && step < config.steps()) {
        saved = seconds;
        checkpointOrWarn();
      }
    }
    checkpoint();
    progress.finish();
    return step == config.steps();
  }

  /// One optimiser step.
  void step() {
    long start = System.nanoTime();
    int micros = config.batchSize() / config.microBatchSize();
    long first = step * config.batchSize();
    double loss = 0;
    for (int micro = 0; micro < micros; micro++) {
      long sequence = first + (long) micro * config.microBatchSize();
      try (TensorScope _ = TensorScope.open()) {
        Batch batch = batches.batch(sequence, config.microBatchSize());
        Tensor mean = model.loss(inputs(batch), targets(batch));
        mean.multiply(1.0 / micros).backward();
        loss += mean.item() / micros;
      }
    }
    double norm = update(loss, first);
    step++;
    double elapsed = (System.nanoTime() - start) / 1e9;
    seconds += elapsed;
    smoothedLoss = step == 1 ? loss : LOSS_SMOOTHING * smoothedLoss + (1 - LOSS_SMOOTHING) * loss;
    report(loss, norm, elapsed);
  }

  private double update(double loss, long firstSequence) {
    double factor = config.schedule().factor(step, config.steps());
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      double limit = config.gradClip() > 0 ? config.gradClip() : Double.MAX_VALUE;
      double norm = gradNorms.clip(limit);
      if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
        throw new DivergedException(
            ("loss (%s) must be finite: step %d, learning rate %.3g of its peak, gradient norm %s,"
                    + " data %s; lower the learning rate or look at that text")
                .formatted(loss, step + 1, factor, norm, batches.where(firstSequence)));
      }
      optimizers.step(factor);
      leaves.forEach(Tensor::clearGrad);
      return norm;
    }
  }

  private void report(double loss, double norm, double elapsed) {
    long tokens = step * config.batchTokens();
    listener.step(
        new StepMetrics(
            step,
            tokens,
            (double) tokens * config.model().flopsPerToken(),
            loss,
            config.schedule().factor(step - 1, config.steps()),
            norm,
            gradNorms.byPart(),
            config.batchTokens() / elapsed,
            seconds));
    progress.update(
        step, "loss %.3f, %,.0f tokens/s".formatted(smoothedLoss, config.batchTokens() / elapsed));
  }

  private static Tensor inputs(Batch batch) {
    return Tensor.of(batch.tokens(), batch.batchSize(), batch.seqLen() + 1)
        .narrow(1, 0, batch.seqLen());
  }

  private static Tensor targets(Batch batch) {
    return Tensor.of(batch.tokens(), batch.batchSize(), batch.seqLen() + 1)
        .narrow(1, 1, batch.seqLen())
        .contiguous();
  }

  private void evaluate() {
    HeldoutLoss.Measured measured = HeldoutLoss.of(model, data, config.eval().windows());
    listener.evaluated(
        new EvalMetrics(
            step, measured.natsPerToken(), measured.bitsPerByte(), config.dtype(), false));
  }

  /// The held-out loss of the model as it stands, computed in FP32.
  public HeldoutLoss.Measured finalHeldoutLoss() {
    try (TensorScope _ = TensorScope.open()) {
      HeldoutLoss.Measured measured =
          HeldoutLoss.of(model.computingIn(DType.FP32), data, config.eval().finalWindows());
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
        (double) tokens * config.model().flopsPerToken(),
        config.model().numParams(),
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
    } catch (FileException e) {
      progress.warn(e.getMessage() + " - no checkpoint this time, training goes on");
    }
  }

  private void checkpoint() {
    Map<String, Tensor> values = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> values.put(parameter.name(), parameter.value()));
    TrainState state =
        new TrainState(step, step * config.batchTokens(), seconds, smoothedLoss, "", "");
    checkpoints.save(state, values, optimizers.state());
  }

  /// Frees the model and the optimiser's tensors.
  @Override
  public void close() {
    optimizers.state().values().forEach(Tensor::free);
    model.close();
  }
}

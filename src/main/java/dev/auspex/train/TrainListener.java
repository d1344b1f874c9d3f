package dev.auspex.train;

import java.util.Map;

/// Hears what a run does; owned by the loop, plugged in by the command.
public interface TrainListener {
  /// Numbers of one optimiser step.
  ///
  /// @param step steps done
  /// @param tokens tokens trained on
  /// @param flops FLOPs spent
  /// @param loss mean loss of the step's batch in nats per token
  /// @param learningRateFactor share of the peak rate
  /// @param gradNorm joint gradient norm before clipping
  /// @param gradNorms the same by part of the model, as {@link GradNorms} names them
  /// @param tokensPerSecond speed of this step
  /// @param seconds time spent training so far
  /// @param gradientWaitSeconds time of this step spent waiting for gradients of other workers
  record StepMetrics(
      long step,
      long tokens,
      double flops,
      double loss,
      double learningRateFactor,
      double gradNorm,
      Map<String, Double> gradNorms,
      double tokensPerSecond,
      double seconds,
      double gradientWaitSeconds) {}

  /// A held-out measurement.
  ///
  /// @param step steps done
  /// @param heldoutLoss nats per token
  /// @param heldoutBpb bits per byte of text
  /// @param dtype type it was computed in
  /// @param last whether it is the one of the finished model
  record EvalMetrics(
      long step, double heldoutLoss, double heldoutBpb, String dtype, boolean last) {}

  /// After every optimiser step.
  void step(StepMetrics metrics);

  /// After every held-out measurement.
  void evaluated(EvalMetrics metrics);

  /// Before a checkpoint is written: what was told so far must be safe first.
  default void checkpointing() {}

  /// After a checkpoint was written, or could not be.
  default void checkpointed(double seconds) {}

  /// Whether the run should write a checkpoint and stop now.
  boolean stopRequested();
}

package dev.auspex.checkpoint;

import java.util.List;
import java.util.Map;

/// Where a run stands: all that its loop remembers besides the tensors.
///
/// @param step optimiser steps done
/// @param tokens tokens trained on
/// @param seconds time spent training, resumptions added up
/// @param trainLoss smoothed loss in nats per token
/// @param recentLosses losses that later ones are compared with, oldest first
/// @param files SHA-256 of the checkpoint's other files, by name
public record TrainState(
    long step,
    long tokens,
    double seconds,
    double trainLoss,
    List<Double> recentLosses,
    Map<String, String> files) {
  public TrainState {
    recentLosses = List.copyOf(recentLosses);
    files = Map.copyOf(files);
  }

  TrainState withFiles(Map<String, String> hashes) {
    return new TrainState(step, tokens, seconds, trainLoss, recentLosses, hashes);
  }
}

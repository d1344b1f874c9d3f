package dev.auspex.checkpoint;

/// Where a run stands: all that its loop remembers besides the tensors.
///
/// @param step optimiser steps done
/// @param tokens tokens trained on
/// @param seconds time spent training, resumptions added up
/// @param trainLoss smoothed loss in nats per token
/// @param modelSha256 hash of `model.safetensors`
/// @param optimizerSha256 hash of `optimizer.safetensors`
public record TrainState(
    long step,
    long tokens,
    double seconds,
    double trainLoss,
    String modelSha256,
    String optimizerSha256) {}

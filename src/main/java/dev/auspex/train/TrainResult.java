package dev.auspex.train;

/// What a run came to; the document of `auspex train --json` and the file `result.json`.
///
/// @param step optimiser steps
/// @param tokens tokens trained on
/// @param flops FLOPs spent
/// @param parameters trainable numbers
/// @param trainLoss smoothed training loss, nats per token
/// @param heldoutLoss FP32 held-out loss, nats per token
/// @param heldoutBpb FP32 held-out loss, bits per byte
/// @param tokensPerSecond mean speed
/// @param seconds time spent training
/// @param model folder of the final model
public record TrainResult(
    long step,
    long tokens,
    double flops,
    long parameters,
    double trainLoss,
    double heldoutLoss,
    double heldoutBpb,
    double tokensPerSecond,
    double seconds,
    String model) {}

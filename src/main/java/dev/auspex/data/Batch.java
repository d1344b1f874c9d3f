package dev.auspex.data;

/// Sequences for one pass.
///
/// @param batchSize number of sequences
/// @param seqLen inputs in each
/// @param tokens `[batchSize, seqLen + 1]`, row-major: inputs and, shifted by one, targets
public record Batch(int batchSize, int seqLen, int[] tokens) {}

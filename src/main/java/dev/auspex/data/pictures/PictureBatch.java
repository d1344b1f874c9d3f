package dev.auspex.data.pictures;

/// Documents for one pass, padded to the longest.
///
/// @param inputs ids `[batchSize, seqLen]`; `vocab + k` stands for image token `k`
/// @param targets the ids that follow `[batchSize, seqLen]`; -1 where nothing is learned
/// @param patches normalised pixels `[squares, patchesPerSquare, numbers]`
/// @param learned targets that are not -1
/// @param learnedBytes bytes of text they stand for
public record PictureBatch(
    int batchSize,
    int seqLen,
    int[] inputs,
    int[] targets,
    int squares,
    int patchesPerSquare,
    float[] patches,
    long learned,
    long learnedBytes) {}

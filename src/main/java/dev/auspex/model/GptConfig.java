package dev.auspex.model;

import dev.auspex.config.ConfigException;

/// Shape of the decoder. Answers parameter and FLOP counts before any tensor exists.
///
/// @param vocabSize number of token ids
/// @param contextLength most tokens attended to
/// @param dim width of the residual stream
/// @param numLayers blocks
/// @param numHeads query heads
/// @param numKvHeads key and value heads; divides `numHeads`
/// @param headDim width of a head; even
/// @param ffnDim inner width of the SwiGLU feed-forward
/// @param ropeTheta base of the rotary frequencies (Su et al. 2021, arXiv 2104.09864)
/// @param normEps epsilon of every RMSNorm
/// @param qkNorm whether queries and keys are normalised per head, as in Qwen3
/// @param tieEmbeddings whether the output head is the embedding table
/// @param mup width and depth scaling
public record GptConfig(
    int vocabSize,
    int contextLength,
    int dim,
    int numLayers,
    int numHeads,
    int numKvHeads,
    int headDim,
    int ffnDim,
    double ropeTheta,
    double normEps,
    boolean qkNorm,
    boolean tieEmbeddings,
    Mup mup) {
  public GptConfig {
    positive("vocab_size", vocabSize);
    positive("context_length", contextLength);
    positive("dim", dim);
    positive("num_layers", numLayers);
    positive("num_heads", numHeads);
    positive("num_kv_heads", numKvHeads);
    positive("head_dim", headDim);
    positive("ffn_dim", ffnDim);
    if (numHeads % numKvHeads != 0) {
      throw new ConfigException(
          "num_heads (%d) must be divisible by num_kv_heads (%d)".formatted(numHeads, numKvHeads));
    }
    if (headDim % 2 != 0) {
      throw new ConfigException(
          "head_dim (%d) must be even for rotary positions; nearest: %d"
              .formatted(headDim, headDim + 1));
    }
    if (!(ropeTheta > 1)) {
      throw new ConfigException("rope_theta (" + ropeTheta + ") must be above 1; usual: 10000");
    }
    if (!(normEps > 0 && normEps < 1)) {
      throw new ConfigException("norm_eps (" + normEps + ") must lie in (0, 1); usual: 1e-5");
    }
  }

  private static void positive(String key, int value) {
    if (value < 1) {
      throw new ConfigException(key + " (" + value + ") must be at least 1");
    }
  }

  /// The same with another number of token ids.
  public GptConfig withVocabSize(int other) {
    return with(other, contextLength, mup);
  }

  /// The same with another context length.
  public GptConfig withContextLength(int other) {
    return with(vocabSize, other, mup);
  }

  /// The same with other bases of the scaling in width and depth.
  public GptConfig withMup(Mup other) {
    return with(vocabSize, contextLength, other);
  }

  private GptConfig with(int newVocabSize, int newContextLength, Mup newMup) {
    return new GptConfig(
        newVocabSize,
        newContextLength,
        dim,
        numLayers,
        numHeads,
        numKvHeads,
        headDim,
        ffnDim,
        ropeTheta,
        normEps,
        qkNorm,
        tieEmbeddings,
        newMup);
  }

  /// All trainable numbers, embedding and head counted.
  public long numParams() {
    long table = (long) vocabSize * dim;
    return matrixParams() + table + gains();
  }

  /// Numbers that take part in a matrix product with every token: blocks and output head.
  public long matrixParams() {
    long attention = (long) dim * headDim * (2L * numHeads + 2L * numKvHeads);
    long block = attention + 3L * dim * ffnDim;
    return numLayers * block + (tieEmbeddings ? 0 : (long) vocabSize * dim);
  }

  private long gains() {
    return numLayers * (2L * dim + (qkNorm ? 2L * headDim : 0)) + dim;
  }

  /// FLOPs to train on one token at sequence length `contextLength`: two per multiply-add, forward
  /// once and backward twice, causal attention counted at half its square (the masked half is not
  /// useful work). Look-ups, norms and softmax are not counted.
  public long flopsPerToken() {
    long multiplyAdds = matrixParams() + (tieEmbeddings ? (long) vocabSize * dim : 0);
    long attention = (long) numLayers * numHeads * headDim * contextLength;
    return 6 * (multiplyAdds + attention);
  }

  /// Weight with which each residual branch is added: `base_layers / num_layers`
  /// (CompleteP, arXiv 2505.01618).
  public double residualMultiplier() {
    return (double) mup.baseLayers() / numLayers;
  }

  /// Factor on the logits and on the learning rate of hidden matrices: `base_dim / dim`.
  public double widthMultiplier() {
    return (double) mup.baseDim() / dim;
  }
}

package dev.auspex.train;

import dev.auspex.model.Gpt;
import dev.auspex.model.Parameter;
import dev.auspex.tensor.DType;
import dev.auspex.tensor.Tensor;
import dev.auspex.tensor.TensorScope;
import dev.auspex.tensor.Torch;
import dev.auspex.train.TrainingData.Sequences;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/// Sizes of activations over the first steps, the coordinate check of Tensor Programs V (Yang et
/// al. 2022, arXiv 2203.03466, appendix D.1). It measures one shape; whether sizes are flat over
/// shapes is for the caller to see.
///
/// Each step is made at a quarter of the peak rate, as there is no warm-up, in FP32, on a batch of
/// its own; sizes are those on the first batch. Depth is told in parts of the whole, so that shapes
/// of any depth can be compared: `block 1/2` is the residual stream after half of the blocks.
public final class CoordinateCheck {
  private static final double PEAK_SHARE = 0.25;

  private CoordinateCheck() {}

  /// Sizes after one step.
  ///
  /// @param step optimiser steps done, from 1
  /// @param size mean absolute value of each quantity
  /// @param change mean absolute difference of each from its value before the first step
  public record Sizes(int step, Map<String, Double> size, Map<String, Double> change) {
    public Sizes {
      size = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(size));
      change = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(change));
    }
  }

  /// Trains a throw-away model for `steps` steps.
  ///
  /// @param batches the batch of each step, from 0, made in the current scope
  public static List<Sizes> measure(
      TrainConfig config, LongFunction<Sequences> batches, int steps) {
    List<Sizes> sizes = new ArrayList<>();
    Map<String, Tensor> values = StartingModel.drawn(config);
    try (TensorScope _ = TensorScope.open();
        Gpt model = new Gpt(config.model(), config.vision(), DType.FP32, values)) {
      Optimizers optimizers = new Optimizers(config.optimizer(), model);
      Map<String, float[]> before = activations(model, batches);
      for (int step = 1; step <= steps; step++) {
        long at = step - 1L;
        step(config, model, optimizers, () -> batches.apply(at));
        Map<String, Double> size = new LinkedHashMap<>();
        Map<String, Double> change = new LinkedHashMap<>();
        activations(model, batches)
            .forEach(
                (name, now) -> {
                  size.put(name, meanAbsolute(now, new float[now.length]));
                  change.put(name, meanAbsolute(now, before.get(name)));
                });
        sizes.add(new Sizes(step, size, change));
      }
      optimizers.state().values().forEach(Tensor::free);
    }
    return sizes;
  }

  private static void step(
      TrainConfig config, Gpt model, Optimizers optimizers, Supplier<Sequences> batch) {
    List<Tensor> leaves = model.parameters().stream().map(Parameter::value).toList();
    try (TensorScope _ = TensorScope.open()) {
      Sequences all = batch.get();
      Gpt.Backward how = new Gpt.Backward(1, config.recomputeActivations());
      model.loss(all.inputs(), all.seenBy(model), all.targets(), how);
      try (Torch.NoGrad _ = Torch.noGrad()) {
        List<Tensor> grads = leaves.stream().map(Tensor::grad).toList();
        double norm = Math.sqrt(Arrays.stream(GradNorms.of(grads)).map(x -> x * x).sum());
        boolean clipped = config.gradClip() > 0 && norm > config.gradClip();
        optimizers.step(PEAK_SHARE, clipped ? config.gradClip() / norm : 1);
        leaves.forEach(Tensor::clearGrad);
      }
    }
  }

  /// On the first batch.
  private static Map<String, float[]> activations(Gpt model, LongFunction<Sequences> batches) {
    int layers = model.config().numLayers();
    try (TensorScope _ = TensorScope.open();
        Torch.NoGrad _ = Torch.noGrad()) {
      Sequences batch = batches.apply(0);
      Map<String, float[]> named = new LinkedHashMap<>();
      Tensor table = batch.seenBy(model);
      if (table != null) {
        long words = model.config().vocabSize();
        named.put("image tokens", table.narrow(0, words, table.size(0) - words).toFloats());
      }
      List<Tensor> all = model.activations(batch.inputs(), table);
      named.put("embedding", all.getFirst().toFloats());
      for (int block = 1; block <= layers; block++) {
        named.put("block " + part(block, layers), all.get(block).toFloats());
      }
      named.put("logits", all.getLast().toFloats());
      return named;
    }
  }

  private static String part(int block, int layers) {
    int divisor =
        java.math.BigInteger.valueOf(block).gcd(java.math.BigInteger.valueOf(layers)).intValue();
    return block / divisor + "/" + layers / divisor;
  }

  private static double meanAbsolute(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs((double) a[i] - b[i]);
    }
    return sum / a.length;
  }
}

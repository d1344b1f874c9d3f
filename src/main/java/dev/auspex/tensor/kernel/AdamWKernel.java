package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;

import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) and norms of gradients, each element once
/// through the processor.
public final class AdamWKernel {
  /// Elements at once: four stretches of 8 KB stay in the first cache.
  private static final int BLOCK = 2048;

  private AdamWKernel() {}

  /// One update of every parameter, in the order of operations of libtorch's.
  ///
  /// @param lists gradients may be in BF16
  /// @param gradientScale factor on the gradients
  public static void step(
      Fused.AdamWLists lists, Fused.AdamWSettings settings, double gradientScale) {
    for (int i = 0; i < lists.parameters().size(); i++) {
      Numbers numbers = Numbers.of(settings, lists.steps().get(i).item(), gradientScale);
      step(
          List.of(
              lists.parameters().get(i),
              lists.firstMoments().get(i),
              lists.secondMoments().get(i),
              lists.grads().get(i)),
          numbers);
      Fused.changed(lists.parameters().get(i));
    }
  }

  /// @param tensors parameter, moments, gradient
  private static void step(List<Tensor> tensors, Numbers numbers) {
    List<Memory> memory = tensors.stream().map(Memory::of).toList();
    long elements = tensors.getFirst().numElements();
    Spans.each(
        (elements + BLOCK - 1) / BLOCK,
        BLOCK,
        (from, to) -> {
          float[][] floats = new float[memory.size()][BLOCK];
          for (long block = from; block < to; block++) {
            long at = block * BLOCK;
            int count = (int) Math.min(BLOCK, elements - at);
            for (int i = 0; i < floats.length; i++) {
              memory.get(i).read(at, floats[i], count);
            }
            update(floats[0], floats[1], floats[2], floats[3], numbers);
            for (int i = 0; i < floats.length - 1; i++) {
              memory.get(i).write(floats[i], at, count);
            }
          }
        });
  }

  private record Numbers(
      float gradientScale,
      float keep,
      float blend1,
      float beta2,
      float rest2,
      float root2,
      float eps,
      float size) {
    static Numbers of(Fused.AdamWSettings s, double step, double gradientScale) {
      return new Numbers(
          (float) gradientScale,
          (float) (1 - s.learningRate() * s.weightDecay()),
          (float) (1 - s.beta1()),
          (float) s.beta2(),
          (float) (1 - s.beta2()),
          (float) Math.sqrt(1 - StrictMath.pow(s.beta2(), step)),
          (float) s.eps(),
          (float) (s.learningRate() / (1 - StrictMath.pow(s.beta1(), step))));
    }
  }

  private static void update(float[] p, float[] m, float[] v, float[] g, Numbers n) {
    FloatVector blend1 = FloatVector.broadcast(FLOATS, n.blend1());
    FloatVector rest2 = FloatVector.broadcast(FLOATS, n.rest2());
    FloatVector minusSize = FloatVector.broadcast(FLOATS, -n.size());
    for (int i = 0; i < BLOCK; i += LANES) {
      FloatVector gradient = FloatVector.fromArray(FLOATS, g, i).mul(n.gradientScale());
      FloatVector before = FloatVector.fromArray(FLOATS, m, i);
      FloatVector first = gradient.sub(before).fma(blend1, before);
      FloatVector second =
          gradient.mul(gradient).fma(rest2, FloatVector.fromArray(FLOATS, v, i).mul(n.beta2()));
      FloatVector spread = second.sqrt().div(n.root2()).add(n.eps());
      FloatVector kept = FloatVector.fromArray(FLOATS, p, i).mul(n.keep());
      first.intoArray(m, i);
      second.intoArray(v, i);
      first.div(spread).fma(minusSize, kept).intoArray(p, i);
    }
  }

  /// Euclidean norm, summed in FP32 within 2,048 elements and in FP64 beyond.
  public static double norm(Tensor tensor) {
    Memory memory = Memory.of(tensor);
    long elements = tensor.numElements();
    double[] sums = new double[Math.toIntExact((elements + BLOCK - 1) / BLOCK)];
    Spans.each(
        sums.length,
        BLOCK,
        (from, to) -> {
          float[] g = new float[BLOCK];
          for (int block = (int) from; block < to; block++) {
            long at = (long) block * BLOCK;
            int count = (int) Math.min(BLOCK, elements - at);
            memory.read(at, g, count);
            java.util.Arrays.fill(g, count, BLOCK, 0);
            sums[block] = squares(g);
          }
        });
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return Math.sqrt(sum);
  }

  private static double squares(float[] g) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = 0; i < g.length; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, g, i);
      sum = v.fma(v, sum);
    }
    return Memory.sum(sum);
  }
}

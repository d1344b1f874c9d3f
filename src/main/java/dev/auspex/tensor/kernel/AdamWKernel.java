package dev.auspex.tensor.kernel;

import static dev.auspex.tensor.kernel.Memory.FLOATS;
import static dev.auspex.tensor.kernel.Memory.LANES;
import static dev.auspex.tensor.kernel.Memory.ORDER;

import dev.auspex.tensor.Fused;
import dev.auspex.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) and norms of gradients, each element once
/// through the processor.
public final class AdamWKernel {
  /// Elements at once, by which threads share and sums go.
  private static final int BLOCK = 2048;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private AdamWKernel() {}

  /// One update of every parameter; both corrections of the bias go into the step's size and `eps`.
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
    Memory parameter = Memory.of(tensors.get(0));
    Memory first = Memory.of(tensors.get(1));
    Memory second = Memory.of(tensors.get(2));
    Memory gradient = Memory.of(tensors.get(3));
    long elements = tensors.getFirst().numElements();
    Spans.each(
        (elements + BLOCK - 1) / BLOCK,
        BLOCK,
        (from, to) -> {
          float[] g = new float[BLOCK];
          for (long block = from; block < to; block++) {
            long at = block * BLOCK;
            int count = (int) Math.min(BLOCK, elements - at);
            gradient.read(at, g, count);
            update(
                parameter.floats(at, count),
                first.floats(at, count),
                second.floats(at, count),
                g,
                numbers);
          }
        });
  }

  private record Numbers(
      float gradientScale,
      float keep,
      float blend1,
      float beta2,
      float rest2,
      float eps,
      float size) {
    static Numbers of(Fused.AdamWSettings s, double step, double gradientScale) {
      double root2 = Math.sqrt(1 - StrictMath.pow(s.beta2(), step));
      return new Numbers(
          (float) gradientScale,
          (float) (1 - s.learningRate() * s.weightDecay()),
          (float) (1 - s.beta1()),
          (float) s.beta2(),
          (float) (1 - s.beta2()),
          (float) (s.eps() * root2),
          (float) (s.learningRate() * root2 / (1 - StrictMath.pow(s.beta1(), step))));
    }
  }

  private static void update(
      MemorySegment p, MemorySegment m, MemorySegment v, float[] g, Numbers n) {
    int count = (int) (p.byteSize() / Float.BYTES);
    int whole = FLOATS.loopBound(count);
    FloatVector blend1 = FloatVector.broadcast(FLOATS, n.blend1());
    FloatVector rest2 = FloatVector.broadcast(FLOATS, n.rest2());
    FloatVector back = FloatVector.broadcast(FLOATS, -n.size());
    for (int i = 0; i < whole; i += LANES) {
      long at = 4L * i;
      FloatVector gradient = FloatVector.fromArray(FLOATS, g, i).mul(n.gradientScale());
      FloatVector before = FloatVector.fromMemorySegment(FLOATS, m, at, ORDER);
      FloatVector first = gradient.sub(before).fma(blend1, before);
      FloatVector second =
          gradient
              .mul(gradient)
              .fma(rest2, FloatVector.fromMemorySegment(FLOATS, v, at, ORDER).mul(n.beta2()));
      FloatVector kept = FloatVector.fromMemorySegment(FLOATS, p, at, ORDER).mul(n.keep());
      first.intoMemorySegment(m, at, ORDER);
      second.intoMemorySegment(v, at, ORDER);
      first.div(second.sqrt().add(n.eps())).fma(back, kept).intoMemorySegment(p, at, ORDER);
    }
    for (int i = whole; i < count; i++) {
      float gradient = g[i] * n.gradientScale();
      float before = m.getAtIndex(FLOAT, i);
      float first = Math.fma(gradient - before, n.blend1(), before);
      float second = Math.fma(gradient * gradient, n.rest2(), v.getAtIndex(FLOAT, i) * n.beta2());
      float kept = p.getAtIndex(FLOAT, i) * n.keep();
      m.setAtIndex(FLOAT, i, first);
      v.setAtIndex(FLOAT, i, second);
      p.setAtIndex(
          FLOAT, i, Math.fma(first / ((float) Math.sqrt(second) + n.eps()), -n.size(), kept));
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
            Arrays.fill(g, count, BLOCK, 0);
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
